/** The states of documents in the memory index. */
import { sha256 } from "@musehub/domain/object/Digest"
import type { Sha256 } from "@musehub/domain/object/Id"
import type { DocumentState } from "@musehub/domain/port/index/DocumentLedger"
import { Option } from "effect"

interface States {
  readonly latest: DocumentState
  /** The greatest number of a state by its hash. */
  readonly numbers: Map<Sha256, number>
}

/** Copies the bytes, which a caller may change later. */
const copyOf = ({ bytes, number }: DocumentState): DocumentState => ({ number, bytes: bytes?.slice() ?? null })

export class DocumentStates {
  private readonly states = new Map<string, States>()

  latest(path: string): Option.Option<DocumentState> {
    return Option.map(Option.fromUndefinedOr(this.states.get(path)), ({ latest }) => copyOf(latest))
  }

  add(path: string, state: DocumentState): boolean {
    const present = this.states.get(path)
    if (state.number <= (present === undefined ? 0 : present.latest.number)) return false
    const numbers = present === undefined ? new Map<Sha256, number>() : present.numbers
    if (state.bytes !== null) numbers.set(sha256(state.bytes), state.number)
    this.states.set(path, { latest: copyOf(state), numbers })
    return true
  }

  numberOf(path: string, hash: Sha256): Option.Option<number> {
    return Option.fromUndefinedOr(this.states.get(path)?.numbers.get(hash))
  }
}
