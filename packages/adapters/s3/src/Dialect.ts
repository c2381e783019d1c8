/**
 * The differences of a service from AWS. The adapter starts with the standard, learns from a refusal that wrote
 * nothing, and remembers it while the store is open.
 */
export interface PutDialect {
  /**
   * Whether the service supports If-None-Match on PUT. Some old services answer 501; then a HEAD before the PUT
   * replaces it.
   */
  conditional: boolean
}

export interface DocumentDialect {
  /**
   * How the service expects an ETag in If-Match. Ceph RGW, and services built on it, compare the header with an ETag
   * without quotes: the standard form never matches there, and every replacement would look like a lost race.
   */
  ifMatch: "unknown" | "quoted" | "bare"
}

export interface Dialect extends PutDialect, DocumentDialect {}

export const standardDialect = (): Dialect => ({ conditional: true, ifMatch: "unknown" })
