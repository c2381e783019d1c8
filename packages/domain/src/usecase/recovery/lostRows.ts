/** Notices an index that has not all that it says it has. The store knows better. */
import { Effect } from "effect"
import { type ObjectName, Packs } from "../../invariant/packs/Packs.ts"
import { storedPlaces } from "../../invariant/packs/storedPlaces.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { Root } from "../../repository/Root.ts"
import { Fault } from "../../port/UnavailableReason.ts"
import { CatalogLost } from "./CatalogLost.ts"
import { PackLost } from "./PackLost.ts"

/** The most objects for which packs are searched that cannot be read. */
const lostMax = 100

/** Forgets the rows of a repository after something that was lost was put back: they were made without it. */
export const recordAgain = Effect.fnUntraced(function* (repository: RepositoryId, objects: ReadonlyArray<string>) {
  const index = yield* RepositoryIndex
  yield* Effect.logInfo(`what was lost of repository ${repository} was sent again: ${objects.join(", ")}`)
  yield* index
    .forget(repository)
    .pipe(Effect.catch((error) => Effect.logWarning(`rows of ${repository} may lack what was lost`, error)))
})

/**
 * Forgets the rows of a repository and fails: they are wrong, or lack something. They are recorded again when the
 * repository is next opened.
 */
export const distrusted = Effect.fnUntraced(function* (repository: RepositoryId, why: string) {
  const index = yield* RepositoryIndex
  yield* Effect.logWarning(`the rows of repository ${repository} are recorded again: ${why}`)
  yield* index.forget(repository)
  return yield* new IndexUnavailable({ operation: "known", reason: new Fault({ cause: new Error(why) }) })
})

/**
 * Fails if packs of a root that the index reflects hold objects which the index does not know: it has lost rows. They
 * are recorded again when the repository is next opened. What a later root names may be on its way to the index.
 */
export const requireUnknown = Effect.fnUntraced(function* (root: Root, unknown: ReadonlyArray<ObjectName>) {
  if (unknown.length === 0) return
  const { lookIn, readableOf } = yield* Packs
  const { id: repository } = root.repository
  const look = yield* lookIn(repository, yield* readableOf(root))
  const held = unknown.find((name) => look(name) !== undefined)
  if (held !== undefined) yield* distrusted(repository, `the index lacks ${held.type} ${held.id}, which is in a pack`)
})

/** Fails if the root names a catalog that cannot be read. */
export const requireCatalog = Effect.fnUntraced(function* (root: Root) {
  const { namedBy } = yield* Packs
  const { catalog, repository } = root
  if (catalog === null) return
  yield* Effect.catchTag(namedBy(root), "ObjectCorrupt", ({ message }) =>
    Effect.fail(new CatalogLost({ repository: repository.id, catalog, reason: message }))
  )
})

/** Fails if a pack that the root names cannot be read, and may hold one of these objects, which no other pack holds. */
export const requireReadable = Effect.fnUntraced(function* (repository: RepositoryId, lost: ReadonlyArray<ObjectName>) {
  const packs = yield* Packs
  for (const { id, type } of lost.slice(0, lostMax)) {
    const found = yield* packs.lossOf(repository, { type, id } as ObjectName)
    if (found === undefined) continue
    return yield* new PackLost({ repository, pack: found.pack, type, id, reason: found.loss.message })
  }
})

/**
 * Fails if the index knows objects that no pack of the repository holds: a pack is lost, or the index belongs to a
 * later state of the store. They are small blobs, snapshots or commits.
 */
export const requireHeld = Effect.fnUntraced(function* (repository: RepositoryId, known: ReadonlyArray<ObjectName>) {
  if (known.length === 0) return
  const packs = yield* Packs
  const places = yield* storedPlaces(packs.find(repository, known))
  const lost = known.find((_, position) => places[position] === undefined)
  if (lost === undefined) return
  yield* requireReadable(repository, [lost])
  yield* distrusted(repository, `the index knows ${lost.type} ${lost.id}, which is in no pack`)
})
