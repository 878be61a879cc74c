import type {
  Alarm,
  BeatClass,
  BeatsRecord,
  Finding,
  LogPosition,
  LogTopic,
  QuarantineReason,
  StaffCommand,
  StaffCommandType,
  UplinkKind,
} from '@pulsewire/contracts'

/** One point of a series; a series is patient + device + code. `device` is `staff` for what was entered by hand, `pulsewire` for what was derived from several. */
export interface VitalPoint {
  readonly patient: string
  readonly device: string
  readonly code: string
  readonly time: number
  readonly value: number | string
  readonly quality?: number
  readonly by?: string
}

/** A block of samples of one signal, as the device sent them: value = (sample − offset) · scale, −32768 = missing. */
export interface WaveformBlock {
  readonly patient: string
  readonly device: string
  readonly signal: string
  readonly start: number
  readonly rateHz: number
  readonly unit: string
  readonly scale: number
  readonly offset: number
  readonly samples: Int16Array
}

/** An event or a status as a device sent it. */
export interface DeviceEvent {
  readonly patient?: string
  readonly device: string
  readonly kind: UplinkKind
  readonly time: number
  readonly body: Record<string, unknown>
}

/** One uplink message for the accounting (G2). Without boot and seq (a last will) it is always counted as stored. */
export interface AccountedMessage {
  readonly device: string
  readonly boot?: string
  readonly seq?: number
  /** SHA-256 of the payload, hex (first 16 digits suffice). */
  readonly hash: string
  readonly position: LogPosition
  readonly receivedAt: number
}

/** A message with what it says, as one unit: a duplicate has no effect as a whole. */
export interface MessageWrite {
  readonly message: AccountedMessage
  readonly vitals: readonly VitalPoint[]
  readonly waveforms: readonly WaveformBlock[]
  readonly events: readonly DeviceEvent[]
  /** For the quarantine: asked where the seq turns out to be reused with other content. */
  readonly reuse: () => ReusedMessage
}

/** A message whose seq was taken, as it goes into the quarantine. */
export interface ReusedMessage {
  readonly reason: QuarantineReason
  readonly payload: Uint8Array
}

/** A quarantined message as it is listed. `id` = its log position. */
export interface QuarantineEntry extends QuarantineReason {
  readonly id: string
  readonly payload: Uint8Array
}

/** What one commit of the recorder writes, together with the positions up to which the log is then stored. */
export interface StoreWrite {
  readonly messages?: readonly MessageWrite[]
  /** Derived series and what staff entered: idempotent by (series, time), the last one counts. */
  readonly vitals?: readonly VitalPoint[]
  readonly findings?: readonly Finding[]
  readonly beats?: readonly BeatsRecord[]
  readonly alarms?: readonly Alarm[]
  /** What staff did. */
  readonly staff?: readonly StaffCommand[]
  readonly quarantine?: readonly QuarantineEntry[]
  /**
   * The offsets in the log of `findings`, `beats`, `alarms` and `staff`, each list in the same order. A store without transactions orders by them
   * what is said of one thing in several points; without them the order of writing counts. In InfluxDB a later write of one point (an
   * alarm, a finding) replaces the earlier one whatever its offset, so who writes must own the partition.
   */
  readonly offsets?: Readonly<Partial<Record<'findings' | 'beats' | 'alarms' | 'staff', readonly number[]>>>
  /** The next offsets to be read, for the partitions that this write covers. */
  readonly positions: readonly LogPosition[]
}

export interface WriteReport {
  readonly stored: number
  readonly duplicates: number
  /** Messages whose seq was reused with other content: quarantined by this write. */
  readonly reused: readonly AccountedMessage[]
}

/** `[from, to)` in ms. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

export type Aggregate = 'mean' | 'min' | 'max' | 'median' | 'count' | 'first' | 'last' | 'sum' | 'stddev'

export interface VitalsQuery extends TimeRange {
  readonly patient: string
  readonly codes: readonly string[]
  readonly device?: string
  /**
   * Downsampled to windows: a fixed width, aligned to 1970 UTC, or calendar days in a time zone. A point's time is its window's start
   * (for the first window that may be before `from`). Windows without data have no point.
   */
  readonly every?: { readonly ms: number } | { readonly days: number; readonly timeZone: string }
  /** Default `mean`. Without `every`: over the whole range, at `from`. Words have no mean: all but first, last and count answer their last. */
  readonly fn?: Aggregate
  /** At most so many points over all; where more exist, `next` says from when to go on. Default 500,000. */
  readonly limit?: number
}

/** A part of what was stored cannot be read (its checksum is wrong): it is left out of an answer, and said. */
export interface DamagedRange extends TimeRange {
  readonly detail: string
}

export interface SeriesPoint {
  readonly time: number
  readonly value: number | string
}
export interface Series {
  readonly code: string
  readonly unit: string
  readonly points: readonly SeriesPoint[]
}

export interface WaveformSegment {
  readonly start: number
  readonly rateHz: number
  readonly scale: number
  readonly offset: number
  readonly unit: string
  /** As sent; −32768 = missing. */
  readonly samples: Int16Array
  readonly device: string
}
export interface WaveformSeries {
  readonly signal: string
  /** Adjacent blocks of the same device, rate and scale are joined; gaps stay gaps. Cut to the range. */
  readonly segments: readonly WaveformSegment[]
}

export interface WaveformQuery extends TimeRange {
  readonly patient: string
  readonly signals: readonly string[]
  readonly device?: string
  /** At most so many samples are looked at for an answer. Default 5,000,000. */
  readonly limit?: number
}

export interface EnvelopeQuery extends WaveformQuery {
  /** The width of a window, 1 to 60,000 ms; windows are aligned to 1970. */
  readonly everyMs: number
}

/** The lowest and the highest sample of windows that follow each other without a gap: window i begins at `start + i · everyMs`. */
export interface EnvelopeSegment extends Omit<WaveformSegment, 'samples'> {
  readonly everyMs: number
  /** As sent; −32768 where a window has no sample, or none that was measured. */
  readonly low: Int16Array
  readonly high: Int16Array
}
export interface EnvelopeSeries {
  readonly signal: string
  /** Apart where the samples are; a window in which one ends and the next begins is in both, each with its own part. */
  readonly segments: readonly EnvelopeSegment[]
}

export interface CoverageQuery extends TimeRange {
  readonly patients: readonly string[]
  /** Width of the windows, ms, aligned to 1970 UTC. */
  readonly everyMs: number
}
/** How much there is of one series, by window: values, or ms of samples. Windows without any are left out. */
export interface SeriesCoverage {
  readonly patient: string
  readonly device: string
  /** Of the vital, or of the signal. */
  readonly name: string
  readonly kind: 'vital' | 'waveform'
  /** By start of the window. What was told twice counts twice; a block counts where it begins. */
  readonly windows: readonly (readonly [start: number, amount: number])[]
}
/** How long after their time the messages of a device were received. */
export interface DeviceDelay {
  readonly device: string
  readonly messages: number
  /** Of these, received more than `LATE_AFTER_MS` after their time. */
  readonly late: number
  /** Estimated. */
  readonly p50Ms: number
  readonly p90Ms: number
}

/** Missing `seq` ranges of one power-on session, both ends included. */
export interface SeqGap {
  readonly boot: string
  readonly from: number
  readonly to: number
}

export interface LedgerCounts {
  readonly stored: number
  readonly duplicates: number
  readonly quarantined: number
  /** The next offsets to be read, as of the same transaction as the counts. */
  readonly positions: readonly LogPosition[]
}

export interface LatestValue {
  readonly patient: string
  readonly device: string
  readonly code: string
  readonly time: number
  readonly value: number | string
}

/**
 * The time-series store. Adapters: `embedded` (DuckDB), `influxdb` (InfluxDB 2).
 * Errors are PulsewireError: PW_STORE_UNAVAILABLE (try again), PW_REQUEST_INVALID.
 */
export interface VitalsStore {
  /**
   * Idempotent: records below the stored positions have no second effect, so a write that failed may be tried again, also in other
   * portions. Embedded: atomic. InfluxDB: the positions and counts move after all else is in, in one step a partition.
   */
  write(write: StoreWrite): Promise<WriteReport>
  /**
   * Where the log stands in the store, for the given topics. To be asked by who takes partitions over: what was known of them here is
   * forgotten, since another writer may have gone on.
   */
  positions(topics: readonly LogTopic[]): Promise<LogPosition[]>
  vitals(query: VitalsQuery): Promise<{ series: readonly Series[]; next?: number; damaged?: readonly DamagedRange[] }>
  waveforms(
    query: WaveformQuery,
  ): Promise<{ signals: readonly WaveformSeries[]; next?: number; damaged?: readonly DamagedRange[] }>
  /** What a screen that has fewer columns than there are samples can show of them: no spike is lost. The samples stay where they are. */
  envelopes(
    query: EnvelopeQuery,
  ): Promise<{ signals: readonly EnvelopeSeries[]; next?: number; damaged?: readonly DamagedRange[] }>
  /** Names of the signals and codes that a patient has in the range. */
  catalogue(query: TimeRange & { patient: string }): Promise<{ signals: readonly string[]; codes: readonly string[] }>
  /**
   * How much of each series of some patients came, and how late their devices' data came: for who looks after a ward's data, over weeks. Nothing of what
   * was measured is in it.
   */
  coverage(query: CoverageQuery): Promise<{
    series: readonly SeriesCoverage[]
    delays: readonly DeviceDelay[]
    damaged?: readonly DamagedRange[]
  }>
  /**
   * Findings that overlap the range, newest version each, by onset. `limit` counts those that begin in it; those that began before and
   * still overlap always come too (so a page that carries on may repeat one: same id).
   */
  findings(
    query: TimeRange & { patient?: string; types?: readonly string[]; limit?: number },
  ): Promise<{ findings: readonly Finding[]; next?: number }>
  beats(query: TimeRange & { patient: string; device?: string; signal?: string; limit?: number }): Promise<{
    beats: readonly (readonly [number, BeatClass])[]
    next?: number
    damaged?: readonly DamagedRange[]
  }>
  /** Alarms of any state that overlap the range, newest version each, by onset; `limit` as for findings. */
  alarms(
    query: Partial<TimeRange> & {
      patient?: string
      states?: readonly string[]
      types?: readonly string[]
      limit?: number
    },
  ): Promise<{ alarms: readonly Alarm[]; next?: number }>
  alarm(id: string): Promise<Alarm | undefined>
  /**
   * What staff did to a patient: what is about the range (`spanOf`), in order of that time, of one time in the order of the log; each once.
   * `limit` as for findings.
   */
  staff(
    query: TimeRange & { patient: string; types?: readonly StaffCommandType[]; limit?: number },
  ): Promise<{ commands: readonly StaffCommand[]; next?: number }>
  /** The newest `limit` (default 10,000) of the range, in order of time. */
  events(query: TimeRange & { patient?: string; device?: string; limit?: number }): Promise<readonly DeviceEvent[]>
  /** The newest value of each series of the patients. */
  latest(patients: readonly string[]): Promise<readonly LatestValue[]>
  /** By the time of receipt. Default limit 1,000. */
  quarantine(
    query: Partial<TimeRange> & { device?: string; limit?: number },
  ): Promise<{ entries: readonly QuarantineEntry[]; next?: number }>
  /** Between the lowest and the highest `seq` seen of each session; what was quarantined counts as received. */
  gaps(device: string): Promise<readonly SeqGap[]>
  ledger(): Promise<LedgerCounts>
  /** Seals hot tables into sorted Parquet files where they are due, and checks what is sealed. */
  maintain(options?: { now?: number; force?: boolean }): Promise<void>
  /**
   * Does `work` while nothing changes the store's files, so that another process may copy them; writes wait, answers go on. Only where the
   * store has files of its own (embedded).
   */
  atRest?<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}
