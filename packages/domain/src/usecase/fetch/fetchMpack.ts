/**
 * Fetches a history as an mpack stream: the bytes as stored, read as they are taken, a bounded number ahead, each block
 * of a pack once.
 */
import { Effect, Result, type Scope, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { inSlices, joining } from "../../base/Slices.ts"
import { streamBlob } from "../../invariant/ObjectReader.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { servedBytes } from "../../invariant/servedObjects.ts"
import { canonicalLength } from "../../object/Frame.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import { frameHead } from "../../wire/mpack/Format.ts"
import type { MpackIncomplete } from "../../wire/mpack/Refused.ts"
import { type MpackFrames, type MpackSource, writeMpack } from "../../wire/mpack/writeMpack.ts"
import type { WantHave } from "../../wire/requests.ts"
import { type ObjectUnread, readOf, streamOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { batchesOf, type PackedRun, type Single } from "../../invariant/packs/batchesOf.ts"
import type { FetchError, PlanServices } from "./planFetch.ts"
import { type MpackFetch, planMpack } from "./planMpack.ts"
import { sharedPlan } from "./sharedPlan.ts"

/** Batches that are read ahead of the socket. */
const batchesAhead = 2
type Planned = MpackFetch["objects"][number]

/** What was read of a batch, up to the first object that cannot be read. */
interface ReadBatch {
  readonly frames: MpackFrames
  readonly unread: ObjectUnread | undefined
}

type Read = MpackFrames | MpackSource<ObjectUnread, ObjectStore | Packs>

/** Reads a run and frames it. */
const readRun = Effect.fnUntraced(function* (open: OpenRepository, { run }: PackedRun<Planned>) {
  const packs = yield* Packs
  const read = yield* packs.read(
    run.map(({ place }) => place),
    { ahead: true }
  )
  const counts = { commit: 0, snapshot: 0, blob: 0 }
  const pieces: Array<Uint8Array> = []
  let bytes = 0
  let unread: ObjectUnread | undefined
  for (const [position, object] of run.entries()) {
    const result = yield* Effect.result(readOf(open, object, Effect.fromResult(elementAt(read, position))))
    if (Result.isFailure(result)) {
      unread = result.failure
      break
    }
    pieces.push(frameHead(object, object.size), result.success)
    counts[object.type] += 1
    bytes += canonicalLength(object.type, object.size)
  }
  const frames: MpackFrames = {
    frames: [yield* inSlices(() => joining(pieces))],
    counts: { commits: counts.commit, snapshots: counts.snapshot, blobs: counts.blob, bytes }
  }
  return { frames, unread } satisfies ReadBatch
})

/** Reads an object that is in no pack; a large blob is read while it is sent. */
const readSingle = Effect.fnUntraced(function* (open: OpenRepository, { single: object }: Single<Planned>) {
  const { id, size, type } = object
  const key = { repository: open.id, type, id } as ObjectKey
  const content =
    type === "blob" && size > packedBlobBytesMax
      ? streamOf(open, object, streamBlob(open.id, object.id))
      : yield* readOf(open, object, servedBytes(key))
  return { ...object, content }
})

/** Reads the objects of a plan as they are taken. Fails with one that cannot be read once all before it have come. */
const objectsOf = (open: OpenRepository, plan: MpackFetch) =>
  Stream.fromIterable(batchesOf(plan.objects), { chunkSize: 1 }).pipe(
    Stream.mapEffect(
      (
        batch
      ): Effect.Effect<ReadBatch | MpackSource<ObjectUnread, ObjectStore | Packs>, ObjectUnread, ObjectStore | Packs> =>
        "run" in batch ? readRun(open, batch) : readSingle(open, batch),
      { concurrency: batchesAhead }
    ),
    Stream.flatMap((read): Stream.Stream<Read, ObjectUnread> => {
      if (!("frames" in read)) return Stream.succeed(read)
      const { frames, unread } = read
      return unread === undefined ? Stream.succeed(frames) : Stream.concat(Stream.succeed(frames), Stream.fail(unread))
    })
  )

/** An mpack stream. If a planned object cannot be read, it fails where an object or a piece would begin. */
export type MpackContent = Stream.Stream<Uint8Array, MpackIncomplete | ObjectUnread, ObjectStore | Packs>

/** Writes what was planned as an mpack stream, under this header. */
export const contentOf = (open: OpenRepository, plan: MpackFetch): MpackContent =>
  writeMpack(plan.header, objectsOf(open, plan))

/**
 * Fetches what is reachable from `want` and not from `have`, without `haveBlobs`, as an mpack stream. The scope must
 * stay open until the stream ends.
 */
export const fetchMpack = Effect.fn("fetchMpack")(function* (
  open: OpenRepository,
  wanted: WantHave
): Effect.fn.Return<MpackContent, FetchError, PlanServices | Scope.Scope> {
  const plan = yield* sharedPlan(open, "mpack", wanted, planMpack(open, wanted), ({ objects }) => objects.length)
  return contentOf(open, plan)
})
