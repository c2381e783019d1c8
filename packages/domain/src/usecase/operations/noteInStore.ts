/** Writes what an operator's command found out into the store, so that other commands and later runs know of it. */
import { Effect, Option } from "effect"
import { readDocument } from "../../invariant/Document.ts"
import type { DocumentCodec } from "../../object/DocumentCodec.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { DocumentKey } from "../../port/StoreKey.ts"

/** Replaces a note. A store that takes no writes goes without it, and the log says so. `what` names it there. */
export const noteInStore = Effect.fnUntraced(function* <A>(
  key: DocumentKey,
  codec: DocumentCodec<A>,
  value: A,
  what: string
) {
  const { documents } = yield* ObjectStore
  yield* Effect.catchTags(documents.write(key, codec.encode(value), { _tag: "Any" }), {
    // Whatever was there is replaced; a second run beside this one may do the same.
    DocumentConflict: () => Effect.void,
    StoreUnavailable: (error) =>
      error.reason._tag === "Fault" ? Effect.fail(error) : Effect.logWarning(`${what} is not noted in the store`, error)
  })
})

/** Reads a note; none before the first. A damaged one counts as none. */
export const notedInStore = <A>(key: DocumentKey, codec: DocumentCodec<A>) =>
  readDocument(key, codec).pipe(
    Effect.map(Option.map(({ value }) => value)),
    Effect.catchTag("ObjectCorrupt", () => Effect.succeed(Option.none<A>()))
  )
