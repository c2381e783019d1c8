/** Reads again what a repository names, since it may have changed while it was verified. */
import { Effect, Option, Result } from "effect"
import { readDocument } from "../../../../invariant/Document.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { PackReads } from "../../../../invariant/packs/PackReads.ts"
import type { ObjectName } from "../../../../invariant/packs/Packs.ts"
import { readCatalog } from "../../../../invariant/RepositoryDocuments.ts"
import type { RepositoryId } from "../../../../object/Id.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import { rootCodec } from "../../../../repository/codecs.ts"
import type { PackRef } from "../../../../repository/PackRef.ts"
import type { ObjectTable } from "./ObjectTable.ts"

const none: ReadonlyArray<PackRef> = []

/** Lists the packs that the root of a repository names now, as far as they can be read. */
export const packsNow = Effect.fnUntraced(function* (repository: RepositoryId) {
  const read = yield* Effect.catchTag(readDocument({ kind: "root", repository }, rootCodec), "ObjectCorrupt", () =>
    Effect.succeed(Option.none())
  )
  if (Option.isNone(read)) return none
  const { catalog, packs } = read.value.value
  if (catalog === null) return packs
  const settled = yield* Effect.catchTag(readCatalog(repository, catalog), "ObjectCorrupt", () =>
    Effect.succeed({ packs: none })
  )
  return [...settled.packs, ...packs]
})

/** Opens the packs that were named since a table was made of those before. */
export const packsSince = Effect.fnUntraced(function* (repository: RepositoryId, table: ObjectTable) {
  const reads = new PackReads(yield* ObjectStore)
  const known = new Set(table.packs.map(({ ref }) => ref.sha256))
  const opened: Array<StoredPack> = []
  for (const ref of (yield* packsNow(repository)).filter(({ sha256 }) => !known.has(sha256))) {
    const pack = yield* Effect.result(reads.pack(repository, ref))
    if (Result.isSuccess(pack)) opened.push(pack.success)
    else if (!isLoss(pack.failure)) return yield* pack.failure
  }
  return opened
})

/** Says whether a named pack has an object, also one that was named since the table was made. */
export const isHeldNow = Effect.fnUntraced(function* (
  repository: RepositoryId,
  table: ObjectTable,
  { id, type }: ObjectName
) {
  if (table.has(type, id)) return true
  const packs = yield* packsSince(repository, table)
  return packs.some(({ directory }) => directory.find(type, id) !== undefined)
})
