/** An index that gives other rows than it has. */
import { atOnce } from "@musehub/domain/base/Slices"
import { digestingRows } from "@musehub/domain/port/index/digestingRows"
import { Effect } from "effect"
import type { TestHub } from "../support/hubSamples.ts"

type Index = TestHub["index"]

/** Lets an index answer with the rows that a function gives, and with the digests of these. */
export const withRowsOf = (index: Index, rows: Index["rows"]): Index => ({
  ...index,
  rows,
  rowsDigest: (...asked) => Effect.map(rows(...asked), ({ items }) => atOnce(digestingRows(items)))
})
