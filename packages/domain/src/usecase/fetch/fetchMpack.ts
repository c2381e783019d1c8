/**
 * Fetches a history as an mpack stream: the bytes as stored, read as they are taken, a bounded number ahead, and from
 * packs where they contain the objects.
 */
import { canonicalLength } from "../../object/Frame.ts"
import { Effect, Option, Result, type Scope, Stream } from "effect"
import type { MpackIncomplete } from "../../wire/mpack/Refused.ts"
import { readBlob, readRecordBytes, streamBlob } from "../../invariant/ObjectReader.ts"
import { elementAt, expected } from "../../base/expected.ts"
import type { MpackEntry } from "../../wire/mpack/Format.ts"
import { type MpackFrames, writeMpack } from "../../wire/mpack/writeMpack.ts"
import type { WantHave } from "../../wire/requests.ts"
import { type ObjectUnread, readOf, streamOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { LooseRun, PackedPart } from "../packs/packedParts.ts"
import { packReader } from "../packs/packReader.ts"
import { type MpackFetch, planMpack } from "./planMpack.ts"
import { readAhead, smallBlobBytes } from "./readAhead.ts"
import { sharedPlan } from "./sharedPlan.ts"
import type { FetchError } from "./planFetch.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { PackIndex } from "../../port/index/PackIndex.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"

/** The number of batches, or packs, that are read at the same time. */
const batchesAhead = 4
/** The number of packs that are decompressed at the same time. */
const contentsAhead = 2

/** Reads an object as stored. A large blob is read while it is sent. */
const readEntry = Effect.fnUntraced(function* (open: OpenRepository, plan: MpackFetch, entry: MpackEntry) {
  if (entry.type !== "blob") {
    const recorded = plan.recordsOf[entry.type].get(entry.id)?.sha256
    const content = yield* readOf(open, entry, readRecordBytes({ repository: open.id, ...entry }, recorded))
    return { ...entry, size: content.byteLength, content }
  }
  const size = expected(plan.blobs.get(entry.id), `the size of blob ${entry.id}`)
  const content =
    size <= smallBlobBytes
      ? yield* readOf(open, entry, readBlob(open.id, entry.id))
      : streamOf(open, entry, streamBlob(open.id, entry.id))
  return { ...entry, size, content }
})

type Source = Effect.Success<ReturnType<typeof readEntry>> | MpackFrames

/** What was read of a run of objects, up to the first that cannot be read. */
interface Run {
  readonly sources: ReadonlyArray<Source>
  readonly unread?: ObjectUnread
}

const runOf = (results: ReadonlyArray<Result.Result<Source, ObjectUnread>>): Run => {
  const sources: Array<Source> = []
  for (const result of results) {
    if (Result.isFailure(result)) return { sources, unread: result.failure }
    sources.push(result.success)
  }
  return { sources }
}

/** Cuts the frames to send from a pack's content, and counts them. */
const framesOf = ({ entries, ranges }: PackedPart, content: Uint8Array): MpackFrames => {
  const counts = { commit: 0, snapshot: 0, blob: 0 }
  let bytes = 0
  for (const { size, type } of entries) {
    counts[type] += 1
    bytes += canonicalLength(type, size)
  }
  return {
    frames: ranges.map(([start, end]) => content.subarray(start, end)),
    counts: { commits: counts.commit, snapshots: counts.snapshot, blobs: counts.blob, bytes }
  }
}

/**
 * Reads the objects of a plan as they are taken, from packs and the others in batches: a step of a stream costs the
 * same for one small object as for many. Fails with an object that cannot be read once all before it have come.
 */
const objectsOf = (open: OpenRepository, plan: MpackFetch) => {
  const ahead = readAhead(Math.max(smallBlobBytes, plan.recordBytesMax))
  const batches = Math.min(batchesAhead, ahead)
  const together = Math.floor(ahead / batches)
  const packs = packReader(open.id, batches + contentsAhead)
  const readEntries = (entries: ReadonlyArray<MpackEntry>) =>
    Effect.map(
      Effect.forEach(entries, (entry) => Effect.result(readEntry(open, plan, entry)), { concurrency: together }),
      runOf
    )
  const packOf = <A, R>({ entries }: PackedPart, read: Effect.Effect<A, StoreUnavailable, R>) =>
    readOf(open, elementAt(entries, 0), read)
  const unread = (failure: ObjectUnread): Run => ({ sources: [], unread: failure })
  const read = (part: PackedPart | LooseRun) =>
    "loose" in part
      ? readEntries(part.loose)
      : Effect.match(packOf(part, packs.bytes(part.pack)), { onSuccess: () => part, onFailure: unread })
  const opened = Effect.fnUntraced(
    function* (part: Run | PackedPart) {
      if ("sources" in part) return part
      const content = yield* packOf(part, packs.content(part.pack))
      return Option.isSome(content)
        ? ({ sources: [framesOf(part, content.value)] } satisfies Run)
        : yield* readEntries(part.entries)
    },
    Effect.catch((failure) => Effect.succeed(unread(failure)))
  )
  return Stream.fromIterable(plan.parts(together), { chunkSize: 1 }).pipe(
    Stream.mapEffect(read, { concurrency: batches }),
    Stream.mapEffect(opened, { concurrency: contentsAhead }),
    Stream.flatMap(({ sources, unread }) =>
      unread === undefined ? Stream.fromArray(sources) : Stream.concat(Stream.fromArray(sources), Stream.fail(unread))
    )
  )
}

/** An mpack stream. If a planned object cannot be read, it fails where an object or a piece would begin. */
export type MpackContent = Stream.Stream<Uint8Array, MpackIncomplete | ObjectUnread, ObjectStore | PackIndex>

/**
 * Fetches what is reachable from `want` and not from `have`, without `haveBlobs`, as an mpack stream. The scope must
 * stay open until the stream ends.
 */
export const fetchMpack = Effect.fn("fetchMpack")(function* (
  open: OpenRepository,
  wanted: WantHave
): Effect.fn.Return<MpackContent, FetchError, CommitIndex | ObjectIndex | ObjectStore | PackIndex | Scope.Scope> {
  const plan = yield* sharedPlan(
    open,
    "mpack",
    wanted,
    planMpack(open, wanted),
    ({ header }) => header.commits + header.snapshots + header.blobs
  )
  return writeMpack(plan.header, objectsOf(open, plan))
})
