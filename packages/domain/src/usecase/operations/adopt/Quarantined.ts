/** What stays behind in a legacy hub, and why. */
export interface Quarantined {
  /** `owner/slug` of the repository. */
  readonly repository: string
  /** The row, such as `commit 12ab…` or `branch main`. */
  readonly row: string
  readonly reason: string
}

/** Says that a row stays behind. */
export type Quarantine = (row: string, reason: string) => void
