/** Data that should be there is not, or is not what it should be: the evaluation stops, since figures of less than all would look like those of all. */
export class DataError extends Error {
  override readonly name = 'DataError'
}
