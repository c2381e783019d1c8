/** Tokens as the store has them. The store decides whether a token is valid (`believing.ts`). */
import { Context, Effect, Layer, Option } from "effect"
import type { Token } from "../../hub/Token.ts"
import type { ReadDocument } from "../../invariant/Document.ts"
import { readToken, witnessedToken, witnessUser } from "../../invariant/HubDocuments.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { PeopleIndex } from "../../port/index/PeopleIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { believing } from "./believing.ts"

export class KnownTokens extends Context.Service<
  KnownTokens,
  {
    /** Returns the token of a hash as the store had it less than `staleMillisMax` ago. */
    readonly read: (hash: Token["hash"]) => Effect.Effect<Option.Option<Token>, ObjectCorrupt | StoreUnavailable>
    /** Makes the next `read` ask the store, after this process changed the token. */
    readonly forget: (hash: Token["hash"]) => Effect.Effect<void>
  }
>()("@musehub/domain/usecase/people/KnownTokens") {}

/** Tells the index of a token and its user, if it does not have the token like this. */
const tellIndex = Effect.fnUntraced(function* (read: ReadDocument<Token>) {
  const index = yield* PeopleIndex
  const { hash, revokedAt, user } = read.value
  const indexed = yield* index.tokenByHash(hash)
  if (Option.exists(indexed, (token) => token.revokedAt === revokedAt)) return
  const person = yield* witnessUser(user)
  if (Option.isSome(person)) yield* index.recordUser(person.value)
  yield* index.recordToken(witnessedToken(read))
})

const ask = Effect.fnUntraced(function* (hash: Token["hash"], known?: ReadDocument<Token>) {
  const found = yield* readToken(hash, known)
  if (Option.isSome(found)) {
    yield* Effect.catchTag(tellIndex(found.value), "IndexUnavailable", (error) =>
      Effect.logWarning("reading tokens from the store alone", error)
    )
  }
  return found
})

export const layer: Layer.Layer<KnownTokens, never, ObjectStore | PeopleIndex> = Layer.effect(
  KnownTokens,
  believing(ask)
)
