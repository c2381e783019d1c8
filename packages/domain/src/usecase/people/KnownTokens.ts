/**
 * Tokens as the store has them. The store decides whether a token is valid, so a revocation at one hub holds at every
 * other one within `staleMillisMax`, whatever its index says and also without one. A token in use costs one conditional
 * read in that time.
 */
import { Cache, Clock, Context, Effect, Exit, Layer, Option } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import type { Token } from "../../hub/Token.ts"
import type { ReadDocument } from "../../invariant/Document.ts"
import { readToken, witnessedToken, witnessUser } from "../../invariant/HubDocuments.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { PeopleIndex } from "../../port/index/PeopleIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"

/** How long a token that was read from the store is believed. */
export const staleMillisMax = 5000

/** The most tokens that are remembered; a miss costs one full read. */
const knownMax = 10_000

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

interface Reading {
  readonly token: Option.Option<Token>
  /** How long ago the store was asked when it had answered. */
  readonly ageMillis: number
}

export const layer: Layer.Layer<KnownTokens, never, ObjectStore | PeopleIndex> = Layer.effect(
  KnownTokens,
  Effect.gen(function* () {
    const last = new BoundedMap<Token["hash"], ReadDocument<Token>>()

    const ask = Effect.fnUntraced(function* (hash: Token["hash"]) {
      const since = yield* Clock.currentTimeMillis
      const found = yield* readToken(hash, last.get(hash))
      if (Option.isNone(found)) last.delete(hash)
      else {
        last.set(hash, found.value)
        last.trim({ sizeMax: knownMax })
        yield* Effect.catchTag(tellIndex(found.value), "IndexUnavailable", (error) =>
          Effect.logWarning("reading tokens from the store alone", error)
        )
      }
      const reading: Reading = {
        token: Option.map(found, ({ value }) => value),
        ageMillis: (yield* Clock.currentTimeMillis) - since
      }
      return reading
    })

    // An unknown token is looked up each time, since another hub may create it.
    const cache = yield* Cache.makeWith(ask, {
      capacity: knownMax,
      timeToLive: (exit) =>
        Exit.isSuccess(exit) && Option.isSome(exit.value.token) ? Math.max(0, staleMillisMax - exit.value.ageMillis) : 0
    })
    return {
      read: (hash) => Effect.map(Cache.get(cache, hash), ({ token }) => token),
      forget: (hash) => Cache.invalidate(cache, hash)
    }
  })
)
