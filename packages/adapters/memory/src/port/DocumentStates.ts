/** Numbers the states of documents, and returns the latest. */
import { sha256 } from "@musehub/domain/object/Digest"
import type { Sha256 } from "@musehub/domain/object/Id"
import type { DocumentLedger, DocumentState } from "@musehub/domain/port/index/DocumentLedger"
import { Effect, Option } from "effect"

interface States {
  readonly latest: DocumentState
  /** The greatest number of a state by its hash. */
  readonly numbers: Map<Sha256, number>
}

/** Copies the bytes, which a caller may change later. */
const copyOf = ({ bytes, number }: DocumentState): DocumentState => ({ number, bytes: bytes?.slice() ?? null })

export const make = (): DocumentLedger["Service"] => {
  const states = new Map<string, States>()
  return {
    latestState: (path) =>
      Effect.sync(() => Option.map(Option.fromUndefinedOr(states.get(path)), ({ latest }) => copyOf(latest))),
    addState: (path, state) =>
      Effect.sync(() => {
        const present = states.get(path)
        if (state.number <= (present === undefined ? 0 : present.latest.number)) return false
        const numbers = present === undefined ? new Map<Sha256, number>() : present.numbers
        if (state.bytes !== null) numbers.set(sha256(state.bytes), state.number)
        states.set(path, { latest: copyOf(state), numbers })
        return true
      }),
    numberOfState: (path, hash) => Effect.sync(() => Option.fromUndefinedOr(states.get(path)?.numbers.get(hash)))
  }
}
