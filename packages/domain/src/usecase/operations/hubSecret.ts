/** The secret that the hubs of one store share. The first hub that needs it makes it. */
import { Effect, Option, Redacted } from "effect"
import { secretCodec } from "../../hub/codecs.ts"
import { conflictRetry, readDocument, send } from "../../invariant/Document.ts"
import { sha256 } from "../../object/Digest.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { SecretGenerator } from "../../port/SecretGenerator.ts"
import type { DocumentKey } from "../../port/StoreKey.ts"
import { DocumentName } from "../../repository/Names.ts"

const document: DocumentKey = { kind: "hub", collection: "secret", name: DocumentName.make("current") }

export type HubSecretError = DocumentConflict | ObjectCorrupt | StoreUnavailable

/**
 * Reads the secret, or makes it. Of several hubs at once one makes it, and the others read what it wrote. In a store
 * that takes no writes it cannot be kept, and is then good for the caller alone.
 */
export const hubSecret: Effect.Effect<Redacted.Redacted, HubSecretError, ObjectStore> = Effect.gen(function* () {
  const found = yield* readDocument(document, secretCodec)
  if (Option.isSome(found)) return Redacted.make(found.value.value.key)
  const generate = yield* SecretGenerator
  const key = sha256(Redacted.value(generate()))
  yield* Effect.catchTag(send(document, secretCodec.encode({ key }), { _tag: "Absent" }), "StoreUnavailable", (error) =>
    Effect.logWarning("the secret of the hub is not kept; cursors of lists end with this process", error)
  )
  return Redacted.make<string>(key)
}).pipe(Effect.retry(conflictRetry), Effect.withSpan("hubSecret"))
