import { GAINS_MM_PER_MV, type PaperScale, SPEEDS_MM_PER_S } from '../../paper/scale.ts'

/** Gain and speed, written with their units. */
export function ScaleChoice({ scale, choose }: { scale: PaperScale; choose: (scale: PaperScale) => void }) {
  return (
    <>
      <Choice
        label="Gain"
        unit="mm/mV"
        choices={GAINS_MM_PER_MV}
        chosen={scale.gainMmPerMv}
        choose={(gainMmPerMv) => choose({ ...scale, gainMmPerMv })}
      />
      <Choice
        label="Speed"
        unit="mm/s"
        choices={SPEEDS_MM_PER_S}
        chosen={scale.speedMmPerS}
        choose={(speedMmPerS) => choose({ ...scale, speedMmPerS })}
      />
    </>
  )
}

function Choice(props: {
  label: string
  unit: string
  choices: readonly number[]
  chosen: number
  choose: (choice: number) => void
}) {
  return (
    <div class="segmented" role="group" aria-label={`${props.label}, ${props.unit}`}>
      {props.choices.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === props.chosen} onClick={() => props.choose(choice)}>
          {choice}
        </button>
      ))}
      <span class="unit">{props.unit}</span>
    </div>
  )
}
