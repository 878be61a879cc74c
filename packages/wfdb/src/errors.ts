/** What is wrong with a record. `UNSUPPORTED` = valid WFDB that this reader does not take. */
export type WfdbErrorCode =
  | 'WFDB_HEADER_INVALID'
  | 'WFDB_UNSUPPORTED'
  | 'WFDB_SIGNAL_TRUNCATED'
  | 'WFDB_ANNOTATION_INVALID'
  | 'WFDB_VALUE_OUT_OF_RANGE'

/** An error in a WFDB file, with a stable code. Errors of the file system pass through as they are. */
export class WfdbError extends Error {
  override readonly name = 'WfdbError'
  readonly code: WfdbErrorCode
  constructor(code: WfdbErrorCode, detail: string) {
    super(detail)
    this.code = code
  }
}
