/**
 * Fetches a history as typed objects: commits with their annotations, snapshots and blobs. Objects are read as they are
 * taken, a bounded number ahead, and from packs where that saves requests to the store.
 */
import { Effect, type Scope, Stream } from "effect"
import { openedCommit, openedSnapshot, streamBlob } from "../../invariant/ObjectReader.ts"
import type { CommitRecord } from "../../object/Commit.ts"
import { expected } from "../../base/expected.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { Index } from "../../port/index/Index.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { PackIndex } from "../../port/index/PackIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { WantHave } from "../../wire/requests.ts"
import { type ObjectUnread, readOf, streamOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { annotated } from "../annotations/annotate.ts"
import { remarksAbout } from "../annotations/readAnnotations.ts"
import { orderPlan, placedOf } from "./orderPlan.ts"
import { packedReads } from "./packedReads.ts"
import { planFetch, type FetchError } from "./planFetch.ts"
import { readAhead, smallBlobBytes } from "./readAhead.ts"
import { sharedPlan } from "./sharedPlan.ts"

type Objects<A> = Stream.Stream<A, ObjectUnread, ObjectStore | Index>

/** A snapshot that was read but not checked. It is checked by `decoded`, or by an encoder that recomputes the id. */
export interface FetchedSnapshot {
  readonly id: SnapshotId
  /** As stored. */
  readonly bytes: Uint8Array
  readonly decoded: () => Effect.Effect<Snapshot, ObjectUnread>
}

/** A blob in memory. */
export interface WholeBlob {
  readonly id: BlobId
  readonly content: Uint8Array
}

/** A blob that is too large to hold in memory. It is read while it is sent. */
export interface StreamedBlob {
  readonly id: BlobId
  /** Count of its bytes. */
  readonly size: number
  readonly content: Stream.Stream<Uint8Array, ObjectUnread, ObjectStore>
}

export interface FetchedHistory {
  readonly heads: ReadonlyArray<readonly [BranchName, CommitId]>
  /** The number of elements of each stream. */
  readonly counts: { readonly [S in "commits" | "snapshots" | "wholeBlobs" | "streamedBlobs"]: number }
  /** Bytes of all objects as stored. */
  readonly storedBytes: number
  /** Parents before children. */
  readonly commits: Objects<CommitRecord>
  readonly snapshots: Objects<FetchedSnapshot>
  readonly wholeBlobs: Objects<WholeBlob>
  readonly streamedBlobs: Stream.Stream<StreamedBlob>
}

/**
 * Fetches what is reachable from `want` and not from `have`. The index and the annotations are read before this
 * returns, so the streams fail only if an object cannot be read. The scope must stay open until they end.
 */
export const fetchHistory = Effect.fn("fetchHistory")(function* (
  open: OpenRepository,
  wanted: WantHave
): Effect.fn.Return<FetchedHistory, FetchError, CommitIndex | ObjectStore | PackIndex | Scope.Scope> {
  const { remote } = yield* ObjectStore
  const { placed, plan, remarks } = yield* sharedPlan(
    open,
    "dictionary",
    wanted,
    Effect.gen(function* () {
      const plan = yield* planFetch(open, wanted.want, wanted.have)
      const remarks = yield* remarksAbout(open, new Set(plan.commits.map(({ id }) => id)))
      // These streams walk the history three times and so read each pack three times. That still saves requests to a
      // store over a network, but is more work for a local one.
      const placed = yield* orderPlan(open, plan, { packs: remote })
      return { placed, plan, remarks }
    }),
    ({ placed }) => placed.length
  )
  const bytesOf = packedReads(open.id)
  // A commit's `storedBytes` include its snapshot.
  const ofRecords = {
    concurrency: readAhead(plan.commits.reduce((most, node) => Math.max(most, node.storedBytes), 0))
  }
  const blobs = placedOf(placed, "blob").map((entry) => ({
    entry,
    size: expected(plan.blobs.get(entry.id), `the size of blob ${entry.id}`)
  }))
  const small = blobs.filter(({ size }) => size <= smallBlobBytes)
  const large = blobs.filter(({ size }) => size > smallBlobBytes)
  const history: FetchedHistory = {
    heads: open.root.value.heads,
    counts: {
      commits: plan.commits.length,
      snapshots: plan.snapshots.length,
      wholeBlobs: small.length,
      streamedBlobs: large.length
    },
    storedBytes: plan.storedBytes,
    commits: Stream.fromIterable(placedOf(placed, "commit")).pipe(
      Stream.mapEffect(
        (entry) =>
          readOf(
            open,
            entry,
            Effect.flatMap(bytesOf(entry), (bytes) => openedCommit(open.id, entry.id, bytes))
          ),
        ofRecords
      ),
      Stream.map(({ id, record }) => annotated(record, remarks.get(id)))
    ),
    snapshots: Stream.fromIterable(placedOf(placed, "snapshot")).pipe(
      Stream.mapEffect(
        (entry) =>
          Effect.map(readOf(open, entry, bytesOf(entry)), (bytes): FetchedSnapshot => ({
            id: entry.id,
            bytes,
            decoded: () => readOf(open, entry, openedSnapshot(open.id, entry.id, bytes))
          })),
        ofRecords
      )
    ),
    wholeBlobs: Stream.fromIterable(small).pipe(
      Stream.mapEffect(
        ({ entry }) =>
          Effect.map(readOf(open, entry, bytesOf(entry)), (content): WholeBlob => ({ id: entry.id, content })),
        { concurrency: readAhead(smallBlobBytes) }
      )
    ),
    streamedBlobs: Stream.fromIterable(large).pipe(
      Stream.map(({ entry, size }): StreamedBlob => ({
        id: entry.id,
        size,
        content: streamOf(open, entry, streamBlob(open.id, entry.id))
      }))
    )
  }
  return history
})
