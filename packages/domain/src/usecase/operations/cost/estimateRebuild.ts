/**
 * Tells what a rebuild would ask the store, without recording anything: from listings, roots and the ends of the packs
 * that the index lacks. Blocks of commits and snapshots, which a rebuild reads, are only counted.
 */
import { Effect, Result, Stream } from "effect"
import { Packs } from "../../../invariant/packs/Packs.ts"
import { isLoss } from "../../../invariant/packs/Damage.ts"
import { refParts } from "../../../invariant/refs/refs.ts"
import { Roots } from "../../../invariant/Roots.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import { PackIndex } from "../../../port/index/PackIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../../port/ObjectStore.ts"
import { everyItem } from "../../../port/Page.ts"
import { storeConcurrency } from "../../../port/storeConcurrency.ts"
import type { StoredPack } from "../../../port/Stored.ts"
import { rootCodec } from "../../../repository/codecs.ts"
import type { Root } from "../../../repository/Root.ts"
import { listHubDocuments } from "../../../invariant/HubDocuments.ts"
import { addPackEnd } from "./packRequests.ts"
import { Requests } from "./Requests.ts"

/** Repositories, or names, per page of a listing. */
const pageSize = 1000
/** What a small document is taken to have: a user, a name, a proposal. Their sizes are in no listing. */
const documentBytes = 1024
/** What a chunk of refs, or a catalog, is taken to have. */
const chunkBytes = 16 * 1024

export interface RebuildEstimate {
  readonly requests: Readonly<Requests>
  readonly repositories: number
  /** Packs whose objects the index lacks. */
  readonly packs: number
  /** Packs that cannot be read; a rebuild names them. */
  readonly unreadable: number
}

/** Adds what reading the objects of a pack takes: its end, and the blocks of commits and snapshots. */
const addPack = (requests: Requests, pack: StoredPack): void => {
  addPackEnd(requests, pack)
  for (const { length, type } of pack.directory.blocks) if (type !== "blob") requests.read(length)
}

/** Estimates a rebuild of all repositories, or of those that are given, into the index as it is. */
export const estimateRebuild = Effect.fn("estimateRebuild")(function* (
  given?: ReadonlyArray<RepositoryId>
): Effect.fn.Return<RebuildEstimate, StoreUnavailable | IndexUnavailable, ObjectStore | PackIndex | Packs | Roots> {
  const store = yield* ObjectStore
  const roots = yield* Roots
  const packIndex = yield* PackIndex
  const { open, readableOf } = yield* Packs
  const requests = new Requests()
  let [repositories, packs, unreadable] = [0, 0, 0]

  const documents = (names: number) => requests.read(names * documentBytes, names)

  /** Adds the documents beside a root, which a rebuild reads where the index has no rows of the repository. */
  const addDocuments = Effect.fnUntraced(function* (root: Root) {
    const repository = root.repository.id
    requests.listed(root.proposals.last)
    documents(root.proposals.last)
    const annotations = yield* Stream.runCount(
      everyItem(pageSize, (page) => store.documents.list({ kind: "annotation", repository }, page))
    )
    requests.listed(annotations)
    documents(annotations)
    // Each is asked for once: whether it is there, and its size.
    requests.head += yield* Stream.runCount(everyItem(pageSize, (page) => store.list(repository, "blob", page)))
    // A rebuild names a chunk that is lost, and reads no further.
    const parts = yield* Effect.catchTag(Stream.runCount(refParts(root, root.heads)), "RefsLost", () =>
      Effect.succeed(0)
    )
    if (parts > 1) requests.read(parts * chunkBytes, parts)
  })

  const addRepository = Effect.fnUntraced(function* (repository: RepositoryId) {
    requests.get += 1
    const read = yield* Effect.result(roots.read(repository))
    if (Result.isFailure(read)) {
      if (read.failure._tag === "StoreUnavailable") return yield* read.failure
      return
    }
    const root = read.success.value
    if (root.deletion !== null) return
    repositories += 1
    requests.bytes += rootCodec.encode(root).byteLength
    // The root again, unchanged, and twice the name.
    requests.get += 1
    documents(2)
    if (root.changes.length === 0 && root.sequence > 0) requests.read(rootCodec.encode(root).byteLength)
    if (root.catalog !== null) requests.read(chunkBytes)
    const recorded = yield* packIndex.packs(repository)
    if (recorded.rootSequence < 0) yield* addDocuments(root)
    const lacking = (yield* readableOf(root)).filter(({ sha256 }) => !recorded.packs.has(sha256))
    for (const ref of lacking) {
      const opened = yield* Effect.result(open(repository, ref))
      packs += 1
      if (Result.isSuccess(opened)) addPack(requests, opened.success)
      else if (isLoss(opened.failure)) unreadable += 1
      else return yield* opened.failure
    }
  })

  if (given === undefined) {
    for (const collection of ["users", "tokens", "domains"] as const) {
      const names = yield* Stream.runCount(everyItem(pageSize, (page) => listHubDocuments(collection, page)))
      requests.listed(names)
      documents(names)
    }
  }
  const all = given === undefined ? everyItem(pageSize, store.listRepositories) : Stream.fromIterable(given)
  let asked = 0
  yield* all.pipe(
    Stream.tap(() => Effect.sync(() => void (asked += 1))),
    Stream.mapEffect(addRepository, { concurrency: storeConcurrency, unordered: true }),
    Stream.runDrain
  )
  if (given === undefined) requests.listed(asked)
  return { requests, repositories, packs, unreadable }
})
