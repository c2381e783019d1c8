/**
 * Writes an mpack stream: header, objects as they are pulled, trailer. It keeps only the running hash, so memory does
 * not grow with the stream. The caller may join small chunks for its transport.
 */
import { canonicalLength, canonicalPrefix } from "../../object/Frame.ts"
import { Stream } from "effect"
import { type IncrementalSha256, incrementalSha256 } from "../../object/Digest.ts"
import type { ObjectType } from "../../object/Id.ts"
import { binHeader } from "@musehub/msgpack/Encoder"
import {
  frameHead,
  type MpackCounts,
  type MpackEntry,
  type MpackHeader,
  mpackHeader,
  mpackTrailer,
  pieceBytes,
  pieceOf
} from "./Format.ts"
import { MpackIncomplete } from "./Refused.ts"

/** An object to write, with its stored bytes. They are not checked against the id here. */
export type MpackSource<E = never, R = never> = MpackEntry & {
  /** Stored size in bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, E, R>
}

/** Objects already framed, one after the other, as a pack has them. */
export interface MpackFrames {
  readonly frames: ReadonlyArray<Uint8Array>
  /** The counts of the frames, which are not checked. */
  readonly counts: MpackCounts
}

/** Options of writing a stream. */
export interface MpackWriteOptions {
  /** Bytes of a piece: `pieceBytes` on the wire, less in tests. */
  readonly pieceBytes?: number
}

/** The hash and the counts of what was written. */
class Written {
  readonly hash: IncrementalSha256 = incrementalSha256()
  readonly piece: number
  readonly counts: Record<ObjectType, number> = { commit: 0, snapshot: 0, blob: 0 }
  bytes = 0

  constructor(piece: number) {
    this.piece = piece
  }

  /** Hashes outgoing bytes. */
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
 * Writes a header and its objects, which must come in the order of `mpackOrder`. Fails with `MpackIncomplete` before
 * the trailer if the objects do not match the promised counts or sizes.
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

/** An object in memory that is sent in one piece. */
type WholeSource = MpackEntry & { readonly size: number; readonly content: Uint8Array }

const isWhole = <E, R>(object: MpackSource<E, R>, piece: number): object is WholeSource =>
  object.content instanceof Uint8Array && canonicalLength(object.type, object.size) <= pieceOf(object.type, piece)

/**
 * A run ends when it reaches this size, and a frame is sent in chunks of at most this size, so that chunks sent
 * together stay small.
 */
const runBytesMin = 256 * 1024

/**
 * Groups whole objects that arrived together into runs, and leaves the others alone: a step of the stream costs the
 * same for one object as for many.
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

/** Counts an object and returns the bytes before its content. */
const headOf = <E, R>(written: Written, object: MpackSource<E, R>): Uint8Array => {
  const { size, type } = object
  written.counts[type] += 1
  written.bytes += canonicalLength(type, size)
  return written.passed(frameHead(object, size, written.piece))
}

const wrongSize = <E, R>({ id, size, type }: MpackSource<E, R>, seen: number, and = "") =>
  new MpackIncomplete({ reason: `${type} ${id} has ${seen} bytes${and} instead of ${size}` })

/** Writes two chunks for each object: all that comes before the content, and the content. */
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

/** Counts the objects in frames and writes the frames in chunks. */
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

/**
 * Writes an object that must be cut or is still arriving. A piece is written once it is whole, so a stream that fails
 * ends where a piece would begin.
 */
const cutObject = <E, R>(
  written: Written,
  object: MpackSource<E, R>
): Stream.Stream<Uint8Array, MpackIncomplete | E, R> => {
  const { type, size, content } = object
  const prefixBytes = canonicalPrefix(type, size).byteLength
  const piece = pieceOf(type, written.piece)
  const bytes = prefixBytes + size
  const chunks = content instanceof Uint8Array ? Stream.succeed(content) : content
  /** What arrived of the piece that begins at `start`. */
  let held: Array<Uint8Array> = []
  let start = 0
  let at = prefixBytes
  const takePiece = (): ReadonlyArray<Uint8Array> => {
    const head = start === 0 ? headOf(written, object) : written.passed(binHeader(at - start))
    const taken = [head, ...held.map((part) => written.passed(part))]
    held = []
    start = at
    return taken
  }
  const cut = (chunk: Uint8Array): Stream.Stream<Uint8Array, MpackIncomplete> => {
    if (at + chunk.byteLength > bytes)
      return Stream.fail(wrongSize(object, at + chunk.byteLength - prefixBytes, " or more"))
    const whole: Array<Uint8Array> = []
    for (let from = 0; from < chunk.byteLength;) {
      const part = chunk.subarray(from, from + piece - (at - start))
      held.push(part)
      from += part.byteLength
      at += part.byteLength
      if (at - start === piece || at === bytes) whole.push(...takePiece())
    }
    return Stream.fromArray(whole)
  }
  const end = Stream.suspend(() => {
    if (at !== bytes) return Stream.fail(wrongSize(object, at - prefixBytes))
    return size === 0 ? Stream.fromArray(takePiece()) : Stream.empty
  })
  return Stream.concat(Stream.flatMap(chunks, cut), end)
}
