/**
 * Answers a pull of older agents, in JSON bodies (docs/wire.md, section 8): planned like a fetch and returned in pages.
 */
import { Effect } from "effect"
import { readBlob, readCommits, readSnapshot } from "../../invariant/ObjectReader.ts"
import type { Commit } from "../../object/Commit.ts"
import { incrementalSha256 } from "../../object/Digest.ts"
import { expected, orDefault } from "../../base/expected.ts"
import { byText } from "../../base/text/byText.ts"
import { eachInSlices, inSlices, sliceEntries, sorting } from "../../base/Slices.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import { CursorRefused } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { knownHead } from "../../invariant/refs/revisions.ts"
import { AnswerTooLarge } from "../../wire/AnswerTooLarge.ts"
import { syncBodyBytesMax } from "../../wire/Limits.ts"
import { syncPageMax, type SyncPull } from "../../wire/sync.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { type FetchPlan, planFetch, type FetchError, type PlanServices } from "../fetch/planFetch.ts"

/** The stored bytes after which a page ends; base64 adds a third. */
const pageBytesMax = 16 * 1024 * 1024

/** The number of objects that are read at once; together they are no larger than a page. */
const objectsAtOnce = 8

/** One item to send. Keys order the items: commits (parents first), then snapshots, then blobs, each by id. */
interface Item {
  readonly key: string
  /** The most bytes that it adds to a page. */
  readonly bytes: number
  readonly commit?: CommitId
  readonly snapshot?: SnapshotId
  readonly blob?: BlobId
}

const keyOf = (kind: 0 | 1 | 2, id: string, generation = 0): string =>
  `${kind}.${String(generation).padStart(10, "0")}.${id}`

const inOrder = (a: Item, b: Item): number => byText(a.key, b.key)

const itemsOf = Effect.fnUntraced(function* (plan: FetchPlan, haveObjects: ReadonlySet<BlobId>) {
  // A commit's `storedBytes` include its snapshot.
  const bytesOf = new Map<SnapshotId, number>()
  const items: Array<Item> = []
  yield* eachInSlices(plan.commits, ({ generation, id, snapshotId, storedBytes }) => {
    bytesOf.set(snapshotId, storedBytes)
    items.push({ key: keyOf(0, id, generation), bytes: storedBytes, commit: id })
  })
  yield* eachInSlices(plan.snapshots, (id) =>
    items.push({ key: keyOf(1, id), bytes: expected(bytesOf.get(id), `the size of snapshot ${id}`), snapshot: id })
  )
  yield* eachInSlices(plan.blobs, ([id, bytes]) => {
    if (!haveObjects.has(id)) items.push({ key: keyOf(2, id), bytes, blob: id })
  })
  return yield* inSlices(() => sorting(items, inOrder))
})

/**
 * The position of a pull: its head, the last item sent, and a digest of the request, since only the same request lacks
 * the same objects.
 */
interface Place {
  readonly head: CommitId
  readonly key: string
  readonly question: string
}

const cursorPattern = /^([0-9a-f]{64})\.([0-2]\.\d{10}\.[0-9a-f]{64})\.([0-9a-f]{16})$/

const placeOf = (cursor: string): Place | undefined => {
  const [, head, key, question] = cursorPattern.exec(cursor) ?? []
  return head === undefined || key === undefined || question === undefined
    ? undefined
    : { head: head as CommitId, key, question }
}

/** Digests a request as JSON, whatever the order of its ids. */
const questionOf = ({ branch, haveCommits, haveObjects }: SyncPull): Effect.Effect<string> =>
  inSlices(function* () {
    const digest = incrementalSha256()
    digest.update(`[${JSON.stringify(branch)}`)
    for (const ids of [haveCommits, haveObjects]) {
      const sorted = yield* sorting<string>(ids, byText)
      digest.update(",[")
      for (let at = 0; at < sorted.length; at += sliceEntries) {
        const portion = JSON.stringify(sorted.slice(at, at + sliceEntries)).slice(1, -1)
        digest.update(at === 0 ? portion : `,${portion}`)
        yield
      }
      digest.update("]")
    }
    digest.update("]")
    return digest.digest().slice(0, 16)
  })

const startOf = Effect.fnUntraced(function* (open: OpenRepository, request: SyncPull, question: string) {
  if (request.cursor === undefined) return { head: yield* knownHead(open.root.value, request.branch), key: "" }
  const place = placeOf(request.cursor)
  if (place === undefined) return yield* new CursorRefused({ reason: "was not issued by a pull" })
  if (place.question !== question) {
    return yield* new CursorRefused({
      reason: "belongs to another pull: branch, haveCommits and haveObjects must stay the same"
    })
  }
  return place
})

/**
 * The maximum number of snapshots that are searched for paths. The newest ones contain nearly all blobs that a pull
 * needs.
 */
const searchedMax = 64

/** Finds one path for each blob in the newest planned commits. */
const pathsOf = Effect.fnUntraced(function* (open: OpenRepository, plan: FetchPlan, blobs: ReadonlyArray<BlobId>) {
  const paths = new Map<BlobId, string>()
  const lacking = new Set(blobs)
  const newestFirst = new Set(plan.commits.toReversed().map(({ snapshotId }) => snapshotId))
  for (const id of [...newestFirst].slice(0, searchedMax)) {
    if (lacking.size === 0) break
    const { snapshot } = yield* readSnapshot(open.id, id)
    for (const [path, blob] of snapshot.manifest) if (lacking.delete(blob)) paths.set(blob, path)
  }
  return paths
})

export interface SyncedObject {
  readonly id: BlobId
  /** Empty if none was found. */
  readonly path: string
  readonly content: Uint8Array
}

/** One page of a pull. */
export interface SyncPage {
  readonly commits: ReadonlyArray<Commit>
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly objects: ReadonlyArray<SyncedObject>
  /** The head of this pull, taken at its first page. */
  readonly remoteHead: CommitId
  /** Null on the last page. */
  readonly next: string | null
}

export type SyncPullError = AnswerTooLarge | BranchUnknown | CursorRefused | FetchError

/**
 * Returns one page of what a client lacks of a branch. The cursor pins the head, so the pages are consistent even if
 * the branch moves between them. A single blob that is larger than a page may be fails it; `haveObjects` skips it.
 */
export const syncPull = Effect.fn("syncPull")(function* (
  open: OpenRepository,
  request: SyncPull
): Effect.fn.Return<SyncPage, SyncPullError, PlanServices> {
  const question = yield* questionOf(request)
  const { head, key } = yield* startOf(open, request, question)
  const { items, plan } = yield* admitted(
    "plan",
    Effect.gen(function* () {
      const plan = yield* planFetch(open, [head], request.haveCommits)
      const held = new Set<BlobId>()
      yield* eachInSlices(request.haveObjects, (id) => held.add(id))
      return { items: yield* itemsOf(plan, held), plan }
    })
  )
  const ahead = items.filter((item) => item.key > key)
  const limit = request.limit ?? syncPageMax
  let bytes = 0
  // At least one item, of any size.
  const end = ahead.findIndex((item, position) => {
    bytes += item.bytes
    return position > 0 && (position >= limit || bytes > pageBytesMax)
  })
  const sent = end === -1 ? ahead : ahead.slice(0, end)
  const blobs = sent.flatMap(({ blob, bytes: size }) => (blob === undefined ? [] : [{ id: blob, size }]))
  const tooLarge = blobs.find(({ size }) => size > syncBodyBytesMax)
  if (tooLarge !== undefined) {
    const remedy = "get this object at /{owner}/{slug}/objects/blob/{id}, and name it in haveObjects"
    return yield* new AnswerTooLarge({ bytes: tooLarge.size, limitBytes: syncBodyBytesMax, remedy })
  }
  const paths = yield* pathsOf(
    open,
    plan,
    blobs.map(({ id }) => id)
  )
  const last = sent.at(-1)
  const page: SyncPage = {
    commits: yield* readCommits(
      open.id,
      sent.flatMap(({ commit }) => (commit === undefined ? [] : [commit])),
      (commit) => commit
    ),
    snapshots: yield* Effect.forEach(
      sent.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot])),
      (id) => Effect.map(readSnapshot(open.id, id), ({ snapshot }) => snapshot),
      { concurrency: storeConcurrency }
    ),
    objects: yield* Effect.forEach(
      blobs,
      ({ id }) => Effect.map(readBlob(open.id, id), (content) => ({ id, path: orDefault(paths.get(id), ""), content })),
      { concurrency: objectsAtOnce }
    ),
    remoteHead: head,
    next: end === -1 || last === undefined ? null : `${head}.${last.key}.${question}`
  }
  return page
})
