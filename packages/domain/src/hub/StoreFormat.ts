/**
 * The format of the keys and documents in the store, stored as `hub/format/current`. This document has the same form in
 * every format, so that each hub can read it and refuse a store that is newer than itself.
 */
import { Schema } from "effect"

export const StoreFormat = Schema.Struct({ version: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)) })
export type StoreFormat = typeof StoreFormat.Type
