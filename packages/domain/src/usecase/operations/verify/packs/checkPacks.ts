/** Checks the packs that a root names against those in the store, and reads their directories. */
import { Clock, Duration, Effect, Result, Stream } from "effect"
import { inSlices, sliceEntries, type Slices } from "../../../../base/Slices.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { packKey, PackReads } from "../../../../invariant/packs/PackReads.ts"
import { readCatalog } from "../../../../invariant/RepositoryDocuments.ts"
import type { Sha256 } from "../../../../object/Id.ts"
import type { PackDirectory } from "../../../../pack/PackDirectory.ts"
import { type ObjectHead, ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { documentPath, immutablePath } from "../../../../port/StoreKey.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { PackRef } from "../../../../repository/PackRef.ts"
import type { Root } from "../../../../repository/Root.ts"
import type { Inspection } from "../Inspection.ts"
import { ObjectTable } from "./ObjectTable.ts"

/** Packs per page of a listing. */
const pageSize = 1000
/** Directories that are read at the same time. Each is in memory several times while it is read, with up to 36 MB. */
const directoriesAtOnce = 4

/** How long a pack may be without a name: the push that put it may be under way, and so may one that relies on it. */
export const unnamedGrace = Duration.days(14)

/** A pack, and the document that names it. */
interface Naming {
  readonly ref: PackRef
  readonly by: string
}

/** Lists what a root and its catalog name, the pack that was named first at the head; each pack once. */
const namingsOf = Effect.fnUntraced(function* (inspection: Inspection, root: Root) {
  const { catalog, repository } = root
  const namings: Array<Naming> = []
  let isListed = true
  const add = (by: string, refs: ReadonlyArray<PackRef>) => namings.push(...refs.map((ref) => ({ by, ref })))
  if (catalog !== null) {
    const key = { kind: "catalog", repository: repository.id, sha256: catalog } as const
    const read = yield* Effect.result(readCatalog(repository.id, catalog))
    if (Result.isSuccess(read)) add(documentPath(key), read.success.packs)
    else if (isLoss(read.failure)) {
      isListed = false
      yield* inspection.reportLost("CatalogDamaged", key, read.failure.reason)
    } else return yield* read.failure
  }
  add(documentPath({ kind: "root", repository: repository.id }), root.packs)
  const seen = new Set<Sha256>()
  const once: Array<Naming> = []
  for (const naming of namings) {
    const { sha256 } = naming.ref
    if (seen.has(sha256)) {
      const place = immutablePath(packKey(repository.id, sha256))
      yield* inspection.report("PackNamedTwice", place, `is named again by ${naming.by}`)
    } else once.push(naming)
    seen.add(sha256)
  }
  return { namings: once, isListed }
})

/** Lists the packs in the store: those that are named, by their names, and the others. */
const listed = Effect.fnUntraced(function* (root: Root, namings: ReadonlyArray<Naming>) {
  const store = yield* ObjectStore
  const names = new Set<string>(namings.map(({ ref }) => ref.sha256))
  const heads = new Map<string, ObjectHead>()
  const unnamed: Array<ObjectHead> = []
  yield* everyItem(pageSize, (page) => store.list(root.repository.id, "pack", page)).pipe(
    Stream.runForEach((head) =>
      Effect.sync(() => (names.has(head.id) ? void heads.set(head.id, head) : void unnamed.push(head)))
    )
  )
  return { heads, unnamed }
})

/** Opens a named pack; undefined if it is gone or cannot be read. */
const opened = Effect.fnUntraced(function* (
  inspection: Inspection,
  reads: PackReads,
  { repository: { id } }: Root,
  { by, ref }: Naming,
  head: ObjectHead | undefined
) {
  const key = packKey(id, ref.sha256)
  const missing = inspection.reportLost("PackMissing", key, `is not there, and ${by} names it`)
  if (head === undefined) return yield* Effect.as(missing, undefined)
  // Its end is found by its true size, so that a pack is told from a name that lies.
  const read = yield* Effect.result(reads.pack(id, { ...ref, size: head.size }))
  if (Result.isFailure(read)) {
    if (!isLoss(read.failure)) return yield* read.failure
    if (read.failure._tag === "ObjectMissing") return yield* Effect.as(missing, undefined)
    yield* inspection.reportLost("PackDamaged", key, read.failure.reason)
    return undefined
  }
  const { size } = read.success.directory
  if (head.size !== ref.size || size !== ref.objects) {
    const said = `${ref.size} bytes and ${ref.objects} objects`
    yield* inspection.report(
      "PackMisstated",
      by,
      `says ${said} of ${immutablePath(key)}, which has ${head.size} and ${size}`
    )
  }
  return read.success
})

const holdingAll = function* (table: ObjectTable, directory: PackDirectory): Slices<boolean> {
  let seen = 0
  for (const { id, type } of directory) {
    if (!table.has(type, id)) return false
    if (++seen % sliceEntries === 0) yield
  }
  return true
}

/**
 * Tells of a pack that no root names. It is a fault once it is old and has what nothing else has. What was merged into
 * other packs is told of once garbage collection would delete it.
 */
const checkUnnamed = Effect.fnUntraced(function* (
  inspection: Inspection,
  reads: PackReads,
  root: Root,
  table: ObjectTable,
  { id, size, storedAtMillis }: ObjectHead
) {
  const key = packKey(root.repository.id, id as Sha256)
  const report = (reason: string, severity: "fault" | "notice") =>
    inspection.report("PackUnnamed", immutablePath(key), reason, severity)
  const age = (yield* Clock.currentTimeMillis) - storedAtMillis
  const isOld = age >= Duration.toMillis(unnamedGrace)
  const read = yield* Effect.result(reads.pack(root.repository.id, { sha256: key.id, size, objects: 0 }))
  if (Result.isFailure(read)) {
    if (!isLoss(read.failure)) return yield* read.failure
    // Merged packs are deleted some time after they were replaced.
    if (read.failure._tag === "ObjectMissing") return
  } else if (yield* inSlices(() => holdingAll(table, read.success.directory))) {
    if (isOld) yield* report("is named by no root, and named packs have all that is in it", "notice")
    return
  }
  yield* isOld
    ? report("is named by no root, and is too old to be of a push under way", "fault")
    : report("is named by no root; the push that put it may be under way", "notice")
})

/** The packs of a repository that can be read. */
export interface CheckedPacks {
  /** What the root and its catalog name. */
  readonly named: ReadonlyArray<PackRef>
  readonly packs: ReadonlyArray<StoredPack>
  readonly table: ObjectTable
  /** Whether every pack that the root names can be read, as far as its end says. */
  readonly isWhole: boolean
}

/** Checks the names of packs, that each pack is there, and its end. */
export const checkPacks = Effect.fnUntraced(function* (inspection: Inspection, root: Root) {
  const reads = new PackReads(yield* ObjectStore)
  const { isListed, namings } = yield* namingsOf(inspection, root)
  const { heads, unnamed } = yield* listed(root, namings)
  const found = yield* Effect.forEach(
    namings,
    (naming) => opened(inspection, reads, root, naming, heads.get(naming.ref.sha256)),
    { concurrency: directoriesAtOnce }
  )
  const packs = found.filter((pack) => pack !== undefined)
  const table = yield* inSlices(() => ObjectTable.making(packs))
  inspection.tally.packs += namings.length
  yield* Effect.forEach(unnamed, (head) => checkUnnamed(inspection, reads, root, table, head), { discard: true })
  const isWhole = isListed && packs.length === namings.length
  const checked: CheckedPacks = { named: namings.map(({ ref }) => ref), packs, table, isWhole }
  return checked
})
