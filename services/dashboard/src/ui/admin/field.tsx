import type { ComponentChildren } from 'preact'

interface TextFieldProps {
  label: string
  name?: string
  value: string
  onText: (text: string) => void
  /** Said below it. */
  hint?: ComponentChildren
  type?: 'text' | 'search' | 'password' | 'number' | 'date' | 'datetime-local'
  required?: boolean
  autocomplete?: 'off' | 'current-password' | 'new-password'
  inputMode?: 'numeric' | 'decimal'
  pattern?: string
  list?: string
  min?: number
  max?: number | string
  minLength?: number
}

/** A labelled input whose text is the caller's. */
export function TextField({ label, hint, ...input }: TextFieldProps) {
  return (
    <label>
      {label}
      <Input {...input} />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  )
}

function Input({ type, list, onText, ...rest }: Omit<TextFieldProps, 'label' | 'hint'>) {
  const shared = {
    ...rest,
    spellcheck: false,
    onInput: (event: { currentTarget: HTMLInputElement }) => onText(event.currentTarget.value),
  }
  switch (type) {
    case 'search':
      return <input {...shared} type="search" />
    case 'password':
      return <input {...shared} type="password" />
    case 'number':
      return <input {...shared} type="number" />
    case 'date':
      return <input {...shared} type="date" />
    case 'datetime-local':
      return <input {...shared} type="datetime-local" />
    default:
      return <input {...shared} type="text" list={list} />
  }
}

/** A labelled choice of words. */
export function Choice({
  label,
  value,
  options,
  onText,
  name,
}: {
  label: string
  value: string
  options: readonly (readonly [value: string, words: string])[]
  onText: (text: string) => void
  name?: string
}) {
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => onText(event.currentTarget.value)}>
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
