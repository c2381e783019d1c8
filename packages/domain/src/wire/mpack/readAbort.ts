/** Reads what a sender says that cannot go on (docs/mpack.md, "Abort"). Nothing after it is read. */
import { Effect, Schema } from "effect"
import { MpackAbort, mpackAbort } from "./Format.ts"
import type { Input, ItemFailure } from "./Input.ts"

const abortBytesMax = 4096

const isAbort = Schema.is(MpackAbort)

/** Reads an abort, and fails with it. */
export const readAbort = Effect.fnUntraced(function* <E>(input: Input<E>): Effect.fn.Return<never, ItemFailure<E>> {
  const value = yield* input.reader.value(abortBytesMax)
  const abort: unknown = value instanceof Map ? Object.fromEntries(value) : undefined
  return yield* isAbort(abort) && input.spells(mpackAbort(abort))
    ? input.aborted(abort)
    : input.refused("an abort is not in canonical form")
})
