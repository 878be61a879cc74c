/** What came of an attempt to send. */
export type Outcome =
  /** The receiver took it. */
  | { readonly kind: 'accepted' }
  /** It did not. `transient`: trying again may help, not before `retryAfterMs`. `gone`: the address will never work again. */
  | {
      readonly kind: 'refused'
      readonly transient: boolean
      readonly detail: string
      readonly retryAfterMs?: number
      readonly gone?: boolean
    }
