/** What the legacy hub of `test/vectors/legacy/pg` must give, and stores that have its rows behind them. */
import { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { legacyReconstruction } from "@musehub/domain/usecase/operations/legacy/legacyReconstruction"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"
import type { ObjectReadError, Packs } from "@musehub/domain/invariant/packs/Packs"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import type { ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import { servedBytes, servedStream } from "@musehub/domain/invariant/servedObjects"
import { type ByteRange, ObjectStore, type RangeOutside } from "@musehub/domain/port/ObjectStore"
import { Reconstruction } from "@musehub/domain/port/Reconstruction"
import type { ObjectKey } from "@musehub/domain/port/StoreKey"
import { Context, Effect, Layer, Metric, Schema, type Scope, Stream } from "effect"
import { readFileSync } from "node:fs"
import { fencedRootsOver, firstRoot } from "../domain/support/rootSamples.ts"
import type { Store } from "../support/interposedStore.ts"
import { vectors } from "./legacyDatabase.ts"

const Expected = Schema.fromJsonString(
  Schema.Struct({
    totals: Schema.Struct({ commits: Schema.Int, snapshots: Schema.Int, objects: Schema.Int }),
    repos: Schema.Array(
      Schema.Struct({
        repo_id: Schema.String,
        slug: Schema.String,
        branches: Schema.Array(Schema.Tuple([Schema.String, Schema.NullOr(Schema.String)])),
        reachable_commits: Schema.Int,
        commit_ids_not_recomputable: Schema.Record(Schema.String, Schema.String),
        objects_without_bytes: Schema.Array(Schema.String),
        objects_with_wrong_bytes: Schema.Array(Schema.String)
      })
    )
  })
)

/** What a restored copy must contain, repository by repository. */
export const expected = Schema.decodeUnknownSync(Expected)(readFileSync(new URL("expected.json", vectors), "utf8"))

export interface Reconstructing {
  /** What a reader is served: the store, and the rows for what it lacks. */
  readonly served: Served
  /** The store without the rows. */
  readonly bare: Store
  /** The services of a hub that has both. */
  readonly services: Context.Context<Reading>
}

type Reading = ObjectStore | Packs | Roots

/** Reads objects as a serving hub does. */
export interface Served {
  readonly get: (key: ObjectKey) => Effect.Effect<Uint8Array, ObjectReadError>
  readonly stream: (key: ObjectKey, range?: ByteRange) => Stream.Stream<Uint8Array, ObjectReadError | RangeOutside>
}

/** Reads objects with these services, which may hold a reconstruction. */
export const servedBy = (services: Context.Context<ObjectStore | Packs>): Served => ({
  get: (key) => Effect.provideContext(servedBytes(key), services),
  stream: (key, range) => Stream.provideContext(servedStream(key, range), services)
})

/** An empty store in memory, with the rows of a legacy hub behind it. */
export const emptyStoreOver = (legacy: LegacyRecords["Service"]): Effect.Effect<Reconstructing, never, Scope.Scope> =>
  Effect.gen(function* () {
    const bare = Context.get(yield* Layer.build(Layer.fresh(MemoryObjectStore.layer())), ObjectStore)
    const services = Context.make(ObjectStore, bare).pipe(
      Context.merge(yield* fencedRootsOver(bare)),
      Context.add(Reconstruction, legacyReconstruction(legacy))
    )
    return { bare, served: servedBy(services), services }
  })

/** Puts objects into packs that the first root of a repository names. */
export const storedIn = Effect.fnUntraced(function* (
  repository: RepositoryId,
  objects: ReadonlyArray<CanonicalObject>
) {
  const packs = new NewPacks(repository)
  for (const object of objects) yield* packs.add(object)
  const named = (yield* packs.finish()).map(({ ref }) => ref)
  yield* (yield* Roots).create({ ...firstRoot(repository), packs: named })
})

/** Counts the reads answered from rows, of one type or in all. */
export const reconstructions = (type?: ObjectType): Effect.Effect<number> =>
  Effect.map(Metric.snapshot, (all) =>
    all
      .filter(({ attributes, id }) => {
        const isOurs = id === "musehub_reconstructed_objects_total"
        return isOurs && (type === undefined || attributes?.["type"] === type)
      })
      .reduce((sum, metric) => sum + (metric.type === "Counter" ? Number(metric.state.count) : 0), 0)
  )
