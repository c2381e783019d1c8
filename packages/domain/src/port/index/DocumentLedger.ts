/**
 * The states of documents, numbered one after another, for stores that do not honour conditional writes. Of all callers
 * that add the same number, one succeeds.
 */
import { Context, type Effect, type Option } from "effect"
import type { Sha256 } from "../../object/Id.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export interface DocumentState {
  /** 1 for the first state; each later one is greater by 1. */
  readonly number: number
  /** `null` if the document was deleted. */
  readonly bytes: Uint8Array | null
}

export class DocumentLedger extends Context.Service<
  DocumentLedger,
  {
    /** Returns the state with the greatest number, if there is one. */
    readonly latestState: (path: string) => Effect.Effect<Option.Option<DocumentState>, IndexUnavailable>
    /**
     * Adds a state with the number after the latest. Returns false if there is a state with this number already.
     * Durable on return. After `IndexUnavailable` the outcome is unknown.
     */
    readonly addState: (path: string, state: DocumentState) => Effect.Effect<boolean, IndexUnavailable>
    /** Returns the greatest number of a state whose bytes have this hash, if there is one. */
    readonly numberOfState: (path: string, sha256: Sha256) => Effect.Effect<Option.Option<number>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/DocumentLedger") {}
