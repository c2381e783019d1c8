/** Hubs whose index can be proved: in memory, and on Postgres. */
import { indexPlugin } from "@musehub/adapter-memory/plugin"
import { postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { wholeIndexOf } from "@musehub/contract/wholeIndex"
import { expected } from "@musehub/domain/base/expected"
import type { IndexPlugin } from "@musehub/domain/port/Plugin"
import { UserName } from "@musehub/domain/repository/Names"
import type { Difference } from "@musehub/domain/usecase/operations/rebuild/comparedRows"
import { proveIndex } from "@musehub/domain/usecase/operations/rebuild/proveIndex"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { createToken, ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Layer } from "effect"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { ada, at, startHub, type TestHub } from "../support/hubSamples.ts"

/** Where an index is, and the adapter that opens it. */
export interface IndexPlace {
  readonly url: string
  readonly plugin: IndexPlugin
}

export const inMemory = Effect.succeed<IndexPlace>({ url: "memory:", plugin: indexPlugin })

/** A database of the test's own. */
export const onPostgres = Effect.gen(function* () {
  const server = yield* Effect.promise(acquirePostgres)
  return { url: yield* freshDatabase(server), plugin: postgresPlugin } satisfies IndexPlace
})

/** A hub without anything. */
export const emptyHubAt = Effect.fnUntraced(function* ({ plugin, url }: IndexPlace) {
  return yield* startHub({ index: wholeIndexOf(yield* Layer.build(Layer.fresh(plugin.layer(url)))) })
})

/** A hub with users and tokens. Its index and its store know of each other, as those of every hub do. */
export const hubAt = Effect.fnUntraced(function* (place: IndexPlace) {
  const hub = yield* emptyHubAt(place)
  yield* at(hub)(requireSameHub)
  for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
  for (const scope of ["read", "write"] as const) {
    yield* at(hub)(createToken({ user: ada.user, scope, repository: null, lifetimeMillis: null }))
  }
  return hub
})

/** Proves the index of a hub, and returns every difference with the outcome. */
export const proved = Effect.fnUntraced(function* (hub: TestHub, { plugin, url }: IndexPlace) {
  const shadow = expected(plugin.shadow, "an adapter with a shadow")
  const differences: Array<Difference> = []
  const onDifference = (difference: Difference) => Effect.sync(() => void differences.push(difference))
  const proof = yield* Effect.scoped(
    Effect.flatMap(Layer.build(Layer.fresh(shadow(url))), (services) =>
      at(hub)(proveIndex({ shadow: services, onDifference }))
    )
  )
  return { proof, differences }
})
