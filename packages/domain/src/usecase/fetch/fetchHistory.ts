/**
 * Fetches a history as typed objects: commits with their annotations, snapshots and blobs. Objects are read as they are
 * taken, a bounded number ahead.
 */
import { Effect, type Scope, Stream } from "effect"
import { openedCommit, openedSnapshot, streamBlob } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { CommitRecord } from "../../object/Commit.ts"
import { expected } from "../../base/expected.ts"
import { eachInSlices } from "../../base/Slices.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { WantHave } from "../../wire/requests.ts"
import { type ObjectUnread, readOf, streamOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { annotated } from "../annotations/annotate.ts"
import { remarksAbout } from "../annotations/readAnnotations.ts"
import { headsAt } from "./headsAt.ts"
import { orderPlan, placedOf } from "./orderPlan.ts"
import { planFetch, type FetchError, type PlanServices } from "./planFetch.ts"
import { sharedPlan } from "./sharedPlan.ts"
import { storedBytes } from "./storedBytes.ts"

type Objects<A> = Stream.Stream<A, ObjectUnread, ObjectStore | Packs>

/** A snapshot whose bytes are those that were stored. */
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
  readonly content: Stream.Stream<Uint8Array, ObjectUnread, ObjectStore | Packs>
}

export interface FetchedHistory {
  /** Branches at wanted commits. */
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
): Effect.fn.Return<FetchedHistory, FetchError, PlanServices | Scope.Scope> {
  const { placed, plan, remarks } = yield* sharedPlan(
    open,
    "dictionary",
    wanted,
    Effect.gen(function* () {
      const plan = yield* planFetch(open, wanted.want, wanted.have)
      const ids = new Set<CommitId>()
      yield* eachInSlices(plan.commits, ({ id }) => ids.add(id))
      const remarks = yield* remarksAbout(open, ids)
      return { placed: yield* orderPlan(open, plan), plan, remarks }
    }),
    ({ placed }) => placed.length
  )
  const isSmall = ({ id }: { readonly id: BlobId }) =>
    expected(plan.blobs.get(id), `the size of blob ${id}`) <= packedBlobBytesMax
  const blobs = placedOf(placed, "blob")
  const small = blobs.filter(isSmall)
  const large = blobs.filter((entry) => !isSmall(entry))
  const history: FetchedHistory = {
    heads: yield* headsAt(open.root.value, wanted.want),
    counts: {
      commits: plan.commits.length,
      snapshots: plan.snapshots.length,
      wholeBlobs: small.length,
      streamedBlobs: large.length
    },
    storedBytes: plan.storedBytes,
    commits: storedBytes(open, placedOf(placed, "commit")).pipe(
      Stream.mapEffect(({ bytes, entry }) => readOf(open, entry, openedCommit(open.id, entry.id, bytes))),
      Stream.map(({ id, record }) => annotated(record, remarks.get(id)))
    ),
    snapshots: storedBytes(open, placedOf(placed, "snapshot")).pipe(
      Stream.map(({ bytes, entry }): FetchedSnapshot => ({
        id: entry.id,
        bytes,
        decoded: () => readOf(open, entry, openedSnapshot(open.id, entry.id, bytes))
      }))
    ),
    wholeBlobs: Stream.map(storedBytes(open, small), ({ bytes, entry }): WholeBlob => ({
      id: entry.id,
      content: bytes
    })),
    streamedBlobs: Stream.fromIterable(large).pipe(
      Stream.map(({ id, type }): StreamedBlob => ({
        id,
        size: expected(plan.blobs.get(id), `the size of blob ${id}`),
        content: streamOf(open, { id, type }, streamBlob(open.id, id))
      }))
    )
  }
  return history
})
