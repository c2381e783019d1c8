/**
 * The objects of a stream, each read, checked and counted when it is pulled, and then the trailer. The header was read
 * before. Any error ends the stream for good.
 */
import { Array as Arr, Cause, Effect, Exit, Option, type Pull, Result, Scope, Stream } from "effect"
import { cut } from "../../base/text/cut.ts"
import { inSlices } from "../../base/Slices.ts"
import { blobOf } from "../../object/Blob.ts"
import { receivingCommit } from "../../object/Commit.ts"
import { unframe } from "../../object/Frame.ts"
import { BlobId, CommitId, isId, SnapshotId } from "../../object/Id.ts"
import type { PathRule } from "../../object/pathRefusal.ts"
import { receivingSnapshot, SnapshotChecker } from "../../object/Snapshot.ts"
import { transcoded } from "../json.ts"
import { commitValuesMax, idBytesMax } from "../Limits.ts"
import type { Binary } from "@musehub/msgpack/Reader"
import { ArrivedObjects } from "./ArrivedObjects.ts"
import { BlobContent, type NextPiece, type PiecePull, readPrefix } from "./BlobContent.ts"
import {
  abortStart,
  type MpackCounts,
  type MpackEntry,
  type MpackHeader,
  mpackTrailer,
  objectHead,
  prefixBytesMax
} from "./Format.ts"
import { History, type MpackHolds, type MpackIds } from "./History.ts"
import { type Input, Stopped } from "./Input.ts"
import type { MpackLimits } from "./limits.ts"
import { isObjectType, type MpackObject, objectElements, wholeBlob } from "./MpackObject.ts"
import { readAbort } from "./readAbort.ts"
import type { MpackRefused } from "./Refused.ts"

/** A blob up to this size is returned whole. */
const wholeBytesMax = 1024 * 1024
/** A trailer takes less than 200 bytes. */
const trailerBytesMax = 1024
/** The most elements of an object: type, id, and the pieces of the largest blob. */
const elementsMax = 2 ** 24
/** Longest type as read, so that the error can name an unknown one. */
const typeBytesMax = 256

/** The context for reading objects. */
export interface ObjectsContext<E, R> {
  readonly holds: MpackHolds<E, R>
  readonly limits: MpackLimits
  readonly pathRule: PathRule
  readonly header: MpackHeader
  readonly piece: number
  readonly scope: Scope.Scope
}

const shown = (value: unknown): string => JSON.stringify(cut(String(value), 100))

const boxed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Stopped<E>, R> =>
  Effect.mapError(effect, (error) => new Stopped(Option.some(error)))

export class Objects<E, E2, R2> {
  readonly #input: Input<E>
  readonly #checker: SnapshotChecker
  readonly #history: History
  readonly #context: ObjectsContext<E2, R2>
  readonly #arrived: ArrivedObjects<E>
  /** The large blob that the caller may still read. */
  #open: BlobContent<E> | undefined = undefined
  #over: Pull.Pull<never, MpackRefused | E | E2> | undefined = undefined

  constructor(input: Input<E>, context: ObjectsContext<E2, R2>) {
    this.#input = input
    this.#history = new History(context.header)
    this.#context = context
    this.#checker = new SnapshotChecker(context.pathRule)
    const { limits, piece } = context
    this.#arrived = new ArrivedObjects(input, { checker: this.#checker, history: this.#history, limits, piece })
  }

  get stream(): Stream.Stream<MpackObject<E>, MpackRefused | E | E2, R2> {
    return Stream.fromPull(Effect.succeed(this.#pull))
  }

  /** Pulls the next objects. Once the stream has ended or failed, every later pull repeats that. */
  readonly #pull: Pull.Pull<Arr.NonEmptyReadonlyArray<MpackObject<E>>, MpackRefused | E | E2, void, R2> =
    Effect.suspend((): Pull.Pull<Arr.NonEmptyReadonlyArray<MpackObject<E>>, MpackRefused | E | E2, void, R2> => {
      if (this.#over !== undefined) return this.#over
      const arrived = this.#open === undefined ? this.#arrived.take() : []
      return Arr.isReadonlyArrayNonEmpty(arrived) ? Effect.succeed(arrived) : this.#pullOne
    })

  readonly #pullOne: Pull.Pull<readonly [MpackObject<E>], MpackRefused | E | E2, void, R2> = Effect.suspend(() =>
    Effect.onExit(
      Effect.mapError(this.#next(), (failure) =>
        Cause.isDone(failure) ? failure : this.#input.failureOf<E | E2 | MpackRefused>(failure)
      ),
      (exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit)) this.#over = Effect.failCause(exit.cause)
        })
    )
  )

  #next() {
    return Effect.gen({ self: this }, function* () {
      const input = this.#input
      if (this.#open !== undefined) yield* boxed(this.#open.finish)
      this.#open = undefined
      input.begin()
      const type = yield* input.reader.type
      if (type === "array") return [yield* this.#object()] as const
      if (type !== "map") return yield* input.refused(`${type} stands where an object or the trailer must begin`)
      if (input.spells(abortStart)) return yield* readAbort(input)
      yield* this.#trailer()
      return yield* Cause.done()
    })
  }

  #object() {
    return Effect.gen({ self: this }, function* () {
      const input = this.#input
      const { reader } = input
      const count = yield* reader.arrayHeader(elementsMax)
      if (count < objectElements) return yield* input.refused(`an object of ${count} elements where at least 3 belong`)
      const type = yield* reader.value(typeBytesMax)
      if (!isObjectType(type)) return yield* input.refused(`an object of the unknown type ${shown(type)}`)
      const id = yield* reader.value(idBytesMax)
      if (!isId(id)) {
        return yield* input.refused(`a ${type} without an id of 64 lower-case hex digits`)
      }
      if (type !== "blob" && count !== objectElements) return yield* input.refused(`a ${type} in ${count - 2} pieces`)
      switch (type) {
        case "blob":
          return yield* this.#blob(BlobId.make(id), count)
        case "snapshot":
          return yield* this.#snapshot(SnapshotId.make(id))
        case "commit":
          return yield* this.#commit(CommitId.make(id))
      }
    })
  }

  /**
   * Counts the bytes of an object and compares the bytes before them with their canonical spelling. Returns why they
   * are refused.
   */
  #admitBytes(entry: MpackEntry, bytes: number): string | undefined {
    return (
      this.#history.admitBytes(bytes) ??
      (this.#input.spells(objectHead(entry, bytes, this.#context.piece))
        ? undefined
        : `the lengths of ${entry.type} ${entry.id} do not agree, or are not in canonical form`)
    )
  }

  #commit(id: CommitId) {
    return Effect.gen({ self: this }, function* () {
      const bytes = yield* this.#record({ type: "commit", id }, this.#context.limits.commitBytes)
      yield* this.#countValues(bytes)
      const decoded = yield* inSlices(() => receivingCommit(bytes))
      if (Result.isFailure(decoded)) return yield* this.#input.refused(decoded.failure.message)
      const { sealing, value: commit } = decoded.success
      if (commit.id !== id) return yield* this.#input.refused(`the content of ${id} is ${commit.id}`)
      const unknown = this.#history.unknownToCommit(commit)
      if (unknown !== undefined) yield* this.#ask(`commit ${id}`, unknown)
      return { type: "commit", id, offset: this.#input.start, commit, bytes, sealing } as const
    })
  }

  /** Refuses a commit of too many values. A text with that many is longer than their number. */
  #countValues(bytes: Uint8Array) {
    return bytes.byteLength <= commitValuesMax
      ? Effect.void
      : Effect.mapError(transcoded(bytes.subarray(bytes.indexOf(0) + 1), commitValuesMax), ({ message }) =>
          this.#input.refused(message)
        )
  }

  #snapshot(id: SnapshotId) {
    return Effect.gen({ self: this }, function* () {
      const bytes = yield* this.#record({ type: "snapshot", id }, this.#context.limits.snapshotBytes)
      const decoded = yield* inSlices(() => receivingSnapshot(bytes, this.#checker))
      if (Result.isFailure(decoded)) return yield* this.#input.refused(decoded.failure.message)
      const { sealing, value: snapshot } = decoded.success
      if (snapshot.id !== id) return yield* this.#input.refused(`the content of ${id} is ${snapshot.id}`)
      const unknown = yield* inSlices(() => this.#history.unknownToSnapshot(snapshot))
      if (unknown !== undefined) yield* this.#ask(`snapshot ${id}`, unknown)
      return { type: "snapshot", id, offset: this.#input.start, snapshot, bytes, sealing } as const
    })
  }

  /** Asks the receiver for the objects that this one needs and that did not come. */
  #ask(what: string, unknown: MpackIds): Effect.Effect<void, MpackRefused | Stopped<E2>, R2> {
    return Effect.flatMap(boxed(this.#context.holds(unknown)), (held) => {
      const lacked = this.#history.hold(unknown, held)
      return lacked === undefined
        ? Effect.void
        : Effect.fail(
            this.#input.refused(`${what} needs ${lacked}, which did not come before it and the receiver does not hold`)
          )
    })
  }

  /** Reads the bytes of a commit or snapshot. */
  #record(entry: MpackEntry, bytesMax: number) {
    return Effect.gen({ self: this }, function* () {
      const input = this.#input
      const unwanted = this.#history.admit(entry)
      if (unwanted !== undefined) return yield* input.refused(unwanted)
      const { size, content } = yield* input.reader.bin(bytesMax)
      const refusal = this.#admitBytes(entry, size)
      if (refusal !== undefined) return yield* input.refused(refusal)
      if (content instanceof Uint8Array) return content
      let bytes = new Uint8Array(0)
      let at = 0
      const gather = (chunk: Uint8Array) =>
        Effect.sync(() => {
          const end = at + chunk.byteLength
          // Memory grows with the bytes that arrived, not with the promised size.
          if (end > bytes.byteLength) {
            const grown = new Uint8Array(Math.min(size, Math.max(end * 2, wholeBytesMax)))
            grown.set(bytes.subarray(0, at))
            bytes = grown
          }
          bytes.set(chunk, at)
          at = end
          input.passed()
        })
      yield* Stream.runForEach(content, gather)
      return bytes
    })
  }

  #blob(id: BlobId, count: number) {
    return Effect.gen({ self: this }, function* () {
      const input = this.#input
      const { blobBytes } = this.#context.limits
      const entry = { type: "blob", id } as const
      const offset = input.start
      const unwanted = this.#history.admit(entry)
      if (unwanted !== undefined) return yield* input.refused(unwanted)
      // A piece is always a stream, however small; only a blob in one piece may be returned whole.
      const wholeMax = count === objectElements ? wholeBytesMax : 0
      const first = yield* input.reader.bin(blobBytes + prefixBytesMax, wholeMax)
      if (first.content instanceof Uint8Array) {
        const refusal = this.#admitBytes(entry, first.size)
        if (refusal !== undefined) return yield* input.refused(refusal)
        const unframed = unframe("blob", first.content)
        if (Result.isFailure(unframed)) return yield* input.refused(unframed.failure.message)
        const content = unframed.success
        if (content.byteLength > blobBytes) return yield* this.#tooLarge(content.byteLength)
        const blob = blobOf(content)
        if (blob.id !== id) return yield* input.refused(`the content of blob ${id} hashes to ${blob.id}`)
        return wholeBlob(blob, content, offset)
      }
      const pull = yield* this.#pulled(first.content)
      const start = yield* readPrefix(input, pull)
      if (start.size > blobBytes) return yield* this.#tooLarge(start.size)
      const refusal = this.#admitBytes(entry, start.size + start.prefixBytes)
      if (refusal !== undefined) return yield* input.refused(refusal)
      input.passed()
      const open = new BlobContent(input, { id, start, piece: this.#context.piece }, pull, this.#nextPiece)
      this.#open = open
      return { ...entry, offset, size: start.size, content: open.stream, blob: undefined }
    })
  }

  #tooLarge(bytes: number) {
    const { blobBytes } = this.#context.limits
    return this.#input.refused(`a blob of ${bytes} bytes where at most ${blobBytes} are allowed`, "limit")
  }

  readonly #nextPiece: NextPiece<E> = Effect.suspend(() => {
    const { reader } = this.#input
    return Effect.flatMap(reader.type, (type) =>
      type === "map"
        ? readAbort(this.#input)
        : Effect.flatMap(reader.bin(Number.POSITIVE_INFINITY, 0), ({ content }) => this.#pulled(content))
    )
  })

  /** Returns the chunks of a `bin`. Only an empty `bin` comes whole here. */
  #pulled(content: Binary<Stopped<E>>["content"]): Effect.Effect<PiecePull<E>> {
    return content instanceof Uint8Array
      ? Effect.succeed(Cause.done())
      : Effect.provideService(Stream.toPull(content), Scope.Scope, this.#context.scope)
  }

  #trailer() {
    return Effect.gen({ self: this }, function* () {
      const input = this.#input
      const came = this.#history.counts
      for (const what of countNames) {
        const promised = this.#context.header[what]
        if (came[what] !== promised) {
          return yield* input.refused(`the trailer comes after ${came[what]} of the promised ${promised} ${what}`)
        }
      }
      const trailer = yield* input.reader.value(trailerBytesMax)
      for (const what of countNames) {
        const said = trailer instanceof Map ? trailer.get(what) : undefined
        if (said !== came[what])
          return yield* input.refused(`the trailer's ${what} are ${shown(said)}, not ${came[what]}`)
      }
      const hash = input.digest()
      if (trailer instanceof Map && trailer.get("sha256") !== hash) {
        return yield* input.refused(`the trailer's sha256 is not that of the bytes before it, ${hash}`)
      }
      if (!input.spells(mpackTrailer(came, hash))) return yield* input.refused("the trailer is not in canonical form")
      if (!(yield* input.ended)) return yield* input.refused("bytes follow the trailer")
    })
  }
}

const countNames = ["commits", "snapshots", "blobs", "bytes"] as const satisfies ReadonlyArray<keyof MpackCounts>
