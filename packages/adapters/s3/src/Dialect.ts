/**
 * Where services differ from AWS in what they understand. The adapter starts with the standard, learns from a refusal
 * that wrote nothing, and remembers it as long as the store is open.
 */
export interface PutDialect {
  /** Knows If-None-Match on PUT. Some old services answer 501; then a HEAD before the PUT has to do. */
  conditional: boolean
}

export interface DocumentDialect {
  /**
   * How If-Match wants an ETag. Ceph RGW, and services built on it, compare the header with an ETag that has no quotes:
   * the standard form never matches there, and every replacement would look like a lost race.
   */
  ifMatch: "unknown" | "quoted" | "bare"
}

export interface Dialect extends PutDialect, DocumentDialect {}

export const standardDialect = (): Dialect => ({ conditional: true, ifMatch: "unknown" })
