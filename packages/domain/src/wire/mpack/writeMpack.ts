/**
 * Writes an mpack stream: header, objects as they are pulled, trailer. Nothing is gathered but the running hash, so
 * memory does not grow with the stream; the caller joins small pieces as its transport likes.
 */
import { Stream } from "effect"
import { type IncrementalSha256, incrementalSha256 } from "../../object/Digest.ts"
import type { ObjectType } from "../../object/Id.ts"
import { binHeader } from "@musehub/msgpack/Encoder"
import {
  frameHead,
  type MpackCounts,
  type MpackEntry,
  type MpackHeader,
  mpackBytes,
  mpackHeader,
  mpackPrefix,
  mpackTrailer,
  pieceBytes,
  pieceOf
} from "./Format.ts"
import { MpackIncomplete } from "./Refused.ts"

/** An object to be written, with its bytes as they lie in the store. Their id is not checked here. */
export type MpackSource<E = never, R = never> = MpackEntry & {
  /** Count of the stored bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, E, R>
}

/** Objects in the frames in which they travel, one after the other, as a pack has them. */
export interface MpackFrames {
  readonly frames: ReadonlyArray<Uint8Array>
  /** What is in the frames; taken as it is said. */
  readonly counts: MpackCounts
}

/** How a stream is written. */
export interface MpackWriteOptions {
  /** Bytes of a piece. On the wire it is always `pieceBytes`; tests make it small. */
  readonly pieceBytes?: number
}

/** What has been written. */
class Written {
  readonly hash: IncrementalSha256 = incrementalSha256()
  readonly piece: number
  readonly counts: Record<ObjectType, number> = { commit: 0, snapshot: 0, blob: 0 }
  bytes = 0

  constructor(piece: number) {
    this.piece = piece
  }

  /** Hashes bytes on their way out. */
  passed(bytes: Uint8Array): Uint8Array {
    this.hash.update(bytes)
    return bytes
  }

  add({ commits, snapshots, blobs, bytes }: MpackCounts): void {
    this.counts.commit += commits
    this.counts.snapshot += snapshots
    this.counts.blob += blobs
    this.bytes += bytes
  }

  get total(): MpackCounts {
    const { commit, snapshot, blob } = this.counts
    return { commits: commit, snapshots: snapshot, blobs: blob, bytes: this.bytes }
  }
}

/**
 * The stream of a header and its objects, which must come in the order that `mpackOrder` gives. Fails with
 * `MpackIncomplete` before the trailer when the objects are not as many, or not as large, as was promised.
 */
export const writeMpack = <E, R, E2, R2>(
  header: MpackHeader,
  objects: Stream.Stream<MpackSource<E, R> | MpackFrames, E2, R2>,
  options: MpackWriteOptions = {}
): Stream.Stream<Uint8Array, MpackIncomplete | E | E2, R | R2> =>
  Stream.suspend(() => {
    const written = new Written(options.pieceBytes ?? pieceBytes)
    const runs = Stream.flattenIterable(Stream.map(Stream.chunks(objects), (arrived) => runsOf(arrived, written.piece)))
    return Stream.succeed(written.passed(mpackHeader(header))).pipe(
      Stream.concat(
        Stream.flatMap(runs, (run) =>
          "frames" in run
            ? wholeFrames(written, run)
            : "size" in run
              ? cutObject(written, run)
              : wholeObjects(written, run)
        )
      ),
      Stream.concat(Stream.suspend(() => ending(written, header)))
    )
  })

const ending = (written: Written, header: MpackHeader): Stream.Stream<Uint8Array, MpackIncomplete> => {
  const { total } = written
  for (const what of ["commits", "snapshots", "blobs", "bytes"] as const) {
    if (total[what] !== header[what]) {
      return Stream.fail(
        new MpackIncomplete({ reason: `its header promises ${header[what]} ${what}, its objects are ${total[what]}` })
      )
    }
  }
  return Stream.succeed(mpackTrailer(total, written.hash.digest()))
}

/** An object that is in memory and goes out in one piece. */
type WholeSource = MpackEntry & { readonly size: number; readonly content: Uint8Array }

const isWhole = <E, R>(object: MpackSource<E, R>, piece: number): object is WholeSource =>
  object.content instanceof Uint8Array && mpackBytes(object.type, object.size) <= pieceOf(object.type, piece)

/** Bytes from which a run ends, and at most so many of a frame at once, so that what goes out together stays small. */
const runBytesMin = 256 * 1024

/**
 * Whole objects that arrived together, in runs, and the others alone: a step of the stream costs the same for one
 * object as for many.
 */
const runsOf = <E, R>(
  arrived: ReadonlyArray<MpackSource<E, R> | MpackFrames>,
  piece: number
): ReadonlyArray<ReadonlyArray<WholeSource> | MpackSource<E, R> | MpackFrames> => {
  const runs: Array<Array<WholeSource> | MpackSource<E, R> | MpackFrames> = []
  let run: Array<WholeSource> = []
  let bytes = 0
  for (const object of arrived) {
    if ("frames" in object || !isWhole(object, piece)) {
      runs.push(object)
      run = []
      continue
    }
    if (run.length === 0) {
      runs.push(run)
      bytes = 0
    }
    run.push(object)
    bytes += object.size
    if (bytes >= runBytesMin) run = []
  }
  return runs
}

/** Counts an object, and gives what comes before its content. */
const headOf = <E, R>(written: Written, object: MpackSource<E, R>): Uint8Array => {
  const { size, type } = object
  written.counts[type] += 1
  written.bytes += mpackBytes(type, size)
  return written.passed(frameHead(object, size, written.piece))
}

const wrongSize = <E, R>({ id, size, type }: MpackSource<E, R>, seen: number, and = "") =>
  new MpackIncomplete({ reason: `${type} ${id} has ${seen} bytes${and} instead of ${size}` })

/** Objects of two chunks each: all that comes before the content, and the content. */
const wholeObjects = (
  written: Written,
  objects: ReadonlyArray<WholeSource>
): Stream.Stream<Uint8Array, MpackIncomplete> => {
  const chunks: Array<Uint8Array> = []
  for (const object of objects) {
    const { content, size } = object
    if (content.byteLength !== size) {
      return Stream.concat(Stream.fromArray(chunks), Stream.fail(wrongSize(object, content.byteLength)))
    }
    chunks.push(headOf(written, object), written.passed(content))
  }
  return Stream.fromArray(chunks)
}

/** Counts what is in frames, and gives them in chunks. */
const wholeFrames = (written: Written, { counts, frames }: MpackFrames): Stream.Stream<Uint8Array> =>
  Stream.suspend(() => {
    written.add(counts)
    return Stream.fromIterable(chunksOf(frames), { chunkSize: 1 }).pipe(Stream.map((chunk) => written.passed(chunk)))
  })

function* chunksOf(frames: ReadonlyArray<Uint8Array>): Generator<Uint8Array, void, undefined> {
  for (const bytes of frames) {
    for (let from = 0; from < bytes.byteLength; from += runBytesMin) yield bytes.subarray(from, from + runBytesMin)
  }
}

/** An object that has to be cut, or is still to arrive. */
const cutObject = <E, R>(
  written: Written,
  object: MpackSource<E, R>
): Stream.Stream<Uint8Array, MpackIncomplete | E, R> => {
  const { type, size, content } = object
  const prefix = mpackPrefix(type, size)
  const piece = pieceOf(type, written.piece)
  const bytes = prefix.byteLength + size
  const chunks = content instanceof Uint8Array ? Stream.succeed(content) : content
  let at = prefix.byteLength
  const cut = (chunk: Uint8Array): Stream.Stream<Uint8Array, MpackIncomplete> => {
    if (at + chunk.byteLength > bytes)
      return Stream.fail(wrongSize(object, at + chunk.byteLength - prefix.byteLength, " or more"))
    const parts: Array<Uint8Array> = []
    for (let from = 0; from < chunk.byteLength;) {
      if (at > 0 && at % piece === 0) parts.push(written.passed(binHeader(Math.min(piece, bytes - at))))
      const part = chunk.subarray(from, from + piece - (at % piece))
      parts.push(written.passed(part))
      from += part.byteLength
      at += part.byteLength
    }
    return Stream.fromIterable(parts)
  }
  return Stream.suspend(() => Stream.succeed(headOf(written, object))).pipe(
    Stream.concat(Stream.flatMap(chunks, cut)),
    Stream.concat(
      Stream.suspend(() => (at === bytes ? Stream.empty : Stream.fail(wrongSize(object, at - prefix.byteLength))))
    )
  )
}
