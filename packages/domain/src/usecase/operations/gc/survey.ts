/** Looks at one repository as a whole: which packs and large blobs it has, and what leads to them. */
import { Effect, Option, Result, Stream } from "effect"
import { inSlices, sliceEntries, type Slices } from "../../../base/Slices.ts"
import { readClaim } from "../../../invariant/NameClaims.ts"
import { isLoss, type PackLoss } from "../../../invariant/packs/Damage.ts"
import { Packs } from "../../../invariant/packs/Packs.ts"
import { PackReads } from "../../../invariant/packs/PackReads.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId, Sha256 } from "../../../object/Id.ts"
import type { PackDirectory } from "../../../pack/PackDirectory.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { type ObjectHead, ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import type { StoredDocument } from "../../../port/Stored.ts"
import { fullNameText } from "../../../repository/Names.ts"
import type { PackRef } from "../../../repository/PackRef.ts"
import type { Root } from "../../../repository/Root.ts"
import type { RefsLost } from "../../../repository/rootErrors.ts"
import type { CatchUpServices } from "../../recovery/catchUp.ts"
import { ObjectTable } from "../verify/packs/ObjectTable.ts"
import { CollectionRefused } from "./CollectionRefused.ts"
import { isReached } from "./DroppedObjects.ts"
import { type LargeBlob, markReached, type Told } from "./marking.ts"
import { requireRecorded, requireReflected } from "./requireCollectable.ts"

/** Items per page of a listing. */
const pageSize = 1000
/** Directories that are read at the same time. Each is in memory several times while it is read, with up to 36 MB. */
const directoriesAtOnce = 4

/** A pack that no root names. */
export interface UnnamedPack {
  readonly id: Sha256
  readonly size: number
  /** When it was put, or the latest pack that has something of it: it may have been in use until then. */
  readonly sinceMillis: number
  /** Whether named packs have all that is in it. */
  readonly isReplaced: boolean
}

/** A repository as it was found. */
export interface Survey {
  readonly root: StoredDocument<Root>
  readonly named: ReadonlyArray<PackRef>
  readonly table: ObjectTable
  readonly unnamed: ReadonlyArray<UnnamedPack>
  readonly large: ReadonlyMap<string, LargeBlob>
  /** Count of the bytes of all objects in named packs, without compression, and of those that nothing leads to. */
  readonly objects: { readonly size: number; readonly unreached: number; readonly unreachedSize: number }
}

/** Names a repository that cannot be judged, since something of it is damaged or gone. */
const damaged = (name: string, { message }: PackLoss | RefsLost) =>
  new CollectionRefused({
    name: "RepositoryDamaged",
    what: `repository ${name} cannot be judged: ${message}`,
    remedy: "mend what musehub verify says of it, then run musehub gc again"
  })

const listing = Effect.fnUntraced(function* (repository: RepositoryId, type: "pack" | "blob") {
  const store = yield* ObjectStore
  return everyItem(pageSize, (page) => store.list(repository, type, page))
})

/** Says which of the objects of a directory are in a table, and when the latest pack was put that has one of them. */
const comparing = function* (
  table: ObjectTable,
  directory: PackDirectory,
  heads: ReadonlyMap<string, ObjectHead>
): Slices<{ readonly hasAll: boolean; readonly latestMillis: number }> {
  let [hasAll, latestMillis, seen] = [true, 0, 0]
  for (const { id, type } of directory) {
    if (++seen % sliceEntries === 0) yield
    const number = table.find(type, id)
    if (number === undefined) hasAll = false
    else {
      const { pack } = table.placeOf(number)
      latestMillis = Math.max(latestMillis, heads.get(pack.ref.sha256)?.storedAtMillis ?? Infinity)
    }
  }
  return { hasAll, latestMillis }
}

/** Judges the packs that no root names, by their directories. One that cannot be read is of no use either. */
const judged = Effect.fnUntraced(function* (
  repository: RepositoryId,
  table: ObjectTable,
  heads: ReadonlyMap<string, ObjectHead>,
  unnamed: ReadonlyArray<ObjectHead>
) {
  const reads = new PackReads(yield* ObjectStore)
  const found: Array<UnnamedPack> = []
  for (const { id, size, storedAtMillis } of unnamed) {
    const sha256 = id as Sha256
    const pack = yield* Effect.result(reads.pack(repository, { sha256, size, objects: 0 }))
    if (Result.isFailure(pack)) {
      if (!isLoss(pack.failure)) return yield* pack.failure
      if (pack.failure._tag === "ObjectMissing") continue
      found.push({ id: sha256, size, sinceMillis: storedAtMillis, isReplaced: false })
      continue
    }
    const { hasAll, latestMillis } = yield* inSlices(() => comparing(table, pack.success.directory, heads))
    found.push({ id: sha256, size, sinceMillis: Math.max(storedAtMillis, latestMillis), isReplaced: hasAll })
  }
  return found
})

/** Sums up what nothing leads to. */
const measuring = function* (table: ObjectTable): Slices<Survey["objects"]> {
  let [size, unreached, unreachedSize, seen] = [0, 0, 0, 0]
  for (let number = 0; number < table.size; number += 1) {
    if (++seen % sliceEntries === 0) yield
    const { object } = table.placeOf(number)
    size += object.size
    if (isReached(table, object.type, object.id)) continue
    unreached += 1
    unreachedSize += object.size
  }
  return { size, unreached, unreachedSize }
}

/** Reads all of a repository that says what is garbage. */
const surveyed = Effect.fnUntraced(function* (root: StoredDocument<Root>, reflogMillis: number, told: Told) {
  const { id } = root.value.repository
  const { namedBy, openStored } = yield* Packs
  const named = yield* namedBy(root.value)
  yield* requireRecorded(root.value, named)
  const names = new Set<string>(named.map(({ sha256 }) => sha256))
  const heads = new Map<string, ObjectHead>()
  const others: Array<ObjectHead> = []
  yield* Stream.runForEach(yield* listing(id, "pack"), (head) =>
    Effect.sync(() => (names.has(head.id) ? void heads.set(head.id, head) : void others.push(head)))
  )
  const packs = yield* Effect.forEach(named, (ref) => openStored(id, ref), { concurrency: directoriesAtOnce })
  const table = yield* inSlices(() => ObjectTable.making(packs))
  const large = new Map<string, LargeBlob>()
  yield* Stream.runForEach(yield* listing(id, "blob"), ({ id: blob, size, storedAtMillis }) =>
    Effect.sync(() => void large.set(blob, { size, storedAtMillis, isUsed: false, isReached: false }))
  )
  yield* markReached(root.value, table, large, reflogMillis, told)
  const unnamed = yield* judged(id, table, heads, others)
  const survey: Survey = { root, named, table, unnamed, large, objects: yield* inSlices(() => measuring(table)) }
  return survey
})

export type SurveyError = CollectionRefused | IndexUnavailable | StoreUnavailable | ObjectCorrupt

/** What a survey reads. */
export type SurveyServices = CatchUpServices | Roots

/** How often a repository is looked at again that changes while it is looked at. */
const looks = 3

/**
 * Looks at a repository, with the reflog since a time in milliseconds since 1970. None if it is deleted, or was never
 * finished, which leaves it without a root or a name. Fails with `CollectionRefused` if the index does not follow its
 * root, or something is damaged.
 */
export const survey = Effect.fn("survey")(function* (
  repository: RepositoryId,
  reflogMillis: number,
  told: Told
): Effect.fn.Return<Option.Option<Survey>, SurveyError, SurveyServices> {
  const roots = yield* Roots
  const present = roots.read(repository).pipe(
    Effect.asSome,
    Effect.catchTags({
      RootMissing: () => Effect.succeedNone,
      ObjectCorrupt: (error) => damaged(repository, error)
    })
  )
  for (let look = 1; ; look += 1) {
    const first = yield* present
    if (Option.isNone(first)) return Option.none<Survey>()
    const { repository: name } = first.value.value
    const found = yield* Effect.result(
      Effect.gen(function* () {
        const claim = yield* readClaim(name)
        const isNamed = Option.exists(claim, (claimed) => claimed.repository === repository)
        // What was deleted stays as it is, so that the deletion can be undone.
        if (!isNamed || first.value.value.deletion !== null) return Option.none<Survey>()
        return Option.some(yield* surveyed(yield* requireReflected(repository), reflogMillis, told))
      })
    )
    if (Result.isSuccess(found)) return found.success
    const { failure } = found
    if (failure._tag === "RootMissing") return Option.none<Survey>()
    if (!isLoss(failure) && failure._tag !== "RefsLost") return yield* failure
    // Packs may have been merged meanwhile, and the old ones deleted.
    const after = yield* present
    const hasMoved = Option.isSome(after) && after.value.sha256 !== first.value.sha256
    if (!hasMoved || look === looks) return yield* damaged(fullNameText(name), failure)
  }
})
