/**
 * Stores commits that the hub creates: blobs first, then snapshots, then commits, and then records them in the index
 * from the evidence. They stay unreachable until a root leads to them.
 */
import { Effect } from "effect"
import { withNodes } from "../../history/CommitNode.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import { putBlob, putCommit, putSnapshot } from "../../invariant/ObjectWriter.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { Root } from "../../repository/Root.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import { introductionsOf } from "../graph/introductions.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { createdBytes, takingBytes } from "../access/takingBytes.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"
import { Packing } from "../packs/Packing.ts"

export interface NewHistory {
  /** Blobs that may be new. A blob that is already stored costs one request and changes nothing. */
  readonly blobs: ReadonlyArray<CanonicalObject<"blob">>
  /** The snapshots of the commits; those known to be stored may be left out. */
  readonly snapshots: ReadonlyArray<Snapshot>
  /** Parents before children. Parents outside this list are already reachable. */
  readonly commits: ReadonlyArray<Commit>
}

export type StoreHistoryError =
  | ObjectRefused
  | ContentRefused
  | RootMissing
  | QuotaExceeded
  | ObjectReadError
  | IndexUnavailable

/** Stores and records new history. The index keeps the manifest of the last commit, which is about to become a head. */
export const storeHistory = Effect.fn("storeHistory")(function* (
  open: OpenRepository<"write">,
  history: NewHistory
): Effect.fn.Return<void, StoreHistoryError, ObjectIndex | ObjectStore | Roots | RowWriter> {
  const objectIndex = yield* ObjectIndex
  const roots = yield* Roots
  const { commits } = history
  const count = yield* takingBytes(open)
  const own = new Set(commits.map(({ id }) => id))
  const outside = commits.flatMap(({ parents }) => parents.filter((id) => !own.has(id)))
  const known = yield* objectIndex.known(open.id, { blobs: [], snapshots: [], commits: [...new Set(outside)] })
  const nodes = withNodes(known.commits, commits)
  const offered = new Map(history.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const introductions = yield* introductionsOf(open, commits, nodes, offered)
  const [blobs] = yield* Effect.all(
    [
      Effect.forEach(history.blobs, (blob) => putBlob(open.id, blob), { concurrency: storeConcurrency }),
      roots.preserve(open.id)
    ],
    { concurrency: 2 }
  )
  const snapshots = yield* Effect.forEach(offered.values(), (snapshot) => putSnapshot(open.id, snapshot), {
    concurrency: storeConcurrency
  })
  const stored = yield* Effect.forEach(commits, (commit) => putCommit(open.id, commit), {
    concurrency: storeConcurrency
  })
  yield* recordHistory(open.id, {
    blobs,
    snapshots,
    commits: { stored, nodes, introduces: introductions, heads: new Set(commits.slice(-1).map(({ id }) => id)) }
  })
  yield* count(createdBytes([...blobs, ...snapshots, ...stored]))
})

/**
 * Returns the root that the index may claim to reflect after the new commits are marked: the new root, if this move is
 * the only change since the repository was opened. Concurrent writers may have crashed before they marked their
 * commits. The index then stays behind, and the next open brings it up to date.
 */
const reflectable = (opened: StoredDocument<Root>, moved: StoredDocument<Root>): StoredDocument<Root> =>
  moved.value.previous === opened.sha256 && moved.value.changes.length === 1 ? moved : opened

/**
 * Brings the index up to date after the root moved, and marks the commits that became reachable. The move has already
 * happened, so a failure is logged; the next open repairs it.
 */
export const followMove = Effect.fnUntraced(function* (
  open: OpenRepository,
  moved: StoredDocument<Root>,
  reachable: ReadonlyArray<CommitId>
) {
  const index = yield* RepositoryIndex
  const packing = yield* Packing
  yield* index.reflect(reflectable(open.root, moved), reachable).pipe(
    Effect.andThen(packing.request(moved.value.repository.id)),
    Effect.catch((error) => Effect.logWarning("the index is one root behind", error))
  )
})
