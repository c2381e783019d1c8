/**
 * Writes the objects of a stream to the disk in the order of arrival. So a commit on disk always has its ancestors and
 * content, wherever the stream or the process stopped. Small objects are written and synced in parallel and then
 * renamed one after the other; large blobs go straight to the disk.
 */
import { canonicalPrefix } from "@musehub/domain/object/Frame"
import { type BlobId, type CommitId, emptyBlobId, type SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import type { MpackObject } from "@musehub/domain/wire/mpack/readMpack"
import type { MpackRefused } from "@musehub/domain/wire/mpack/Refused"
import { Effect, Stream } from "effect"
import type { FolderError } from "./layout/Files.ts"
import { commitFile, objectFile, snapshotFile } from "./layout/names.ts"
import { commitText, snapshotText } from "./layout/records.ts"
import type { Repository } from "./layout/Repository.ts"
import type { Meter } from "./Progress.ts"

/** The most objects that wait to be written. */
const waitingMax = 512
const waitingBytesMax = 8 * 1024 * 1024
/** The most files written in parallel, so that their syncs share the disk's work. */
const writesAtOnce = 16

interface Waiting {
  readonly path: string
  readonly content: Uint8Array | string
}

export class Receiver {
  readonly #repository: Repository
  readonly #meter: Meter
  #waiting: Array<Waiting> = []
  #waitingBytes = 0
  #waitingCommits: Array<readonly [CommitId, ReadonlyArray<CommitId>]> = []
  /** Received commits that are on the disk. */
  readonly arrived = new Set<CommitId>()
  /** The received commits without a received child. */
  readonly tips = new Set<CommitId>()
  /** Blobs received without their commit, in this run or before, the latest last. */
  readonly strays: Set<BlobId>
  /** Manifests of snapshots received without their commit. */
  readonly #manifests = new Map<SnapshotId, Manifest>()
  /** The number of objects that are new on the disk. */
  written = 0

  constructor(repository: Repository, meter: Meter, strays: Iterable<BlobId>) {
    this.#repository = repository
    this.#meter = meter
    this.strays = new Set(strays)
  }

  /** Receives one object. Consumes the content of a large blob. */
  take<E>(object: MpackObject<E>): Effect.Effect<void, E | MpackRefused | FolderError> {
    switch (object.type) {
      case "blob":
        return this.#blob(object)
      case "snapshot": {
        const { snapshot, bytes } = object
        // The protocol treats the empty file as always present, so it may not be sent; the `muse` client still expects
        // its file.
        const empty = [...snapshot.manifest.values()].includes(emptyBlobId)
        if (empty) this.#wait({ path: objectFile(emptyBlobId), content: new Uint8Array(0) })
        this.#wait({ path: snapshotFile(snapshot.id), content: snapshotText(snapshot) })
        this.#manifests.set(snapshot.id, snapshot.manifest)
        this.#meter.passed(1, bytes.byteLength)
        return this.#flushIfFull
      }
      case "commit": {
        const { commit, bytes } = object
        this.#wait({ path: commitFile(commit.id), content: commitText(commit) })
        this.#waitingCommits.push([commit.id, commit.parents])
        for (const blob of this.#manifests.get(commit.snapshotId)?.values() ?? []) this.strays.delete(blob)
        this.#manifests.delete(commit.snapshotId)
        this.#meter.passed(1, bytes.byteLength)
        return this.#flushIfFull
      }
    }
  }

  #blob<E>({
    id,
    size,
    content
  }: MpackObject<E> & { readonly type: "blob" }): Effect.Effect<void, E | MpackRefused | FolderError> {
    const path = objectFile(id)
    const prefixBytes = canonicalPrefix("blob", size).byteLength
    if (content instanceof Uint8Array) {
      this.strays.add(id)
      this.#wait({ path, content })
      this.#meter.passed(1, size + prefixBytes)
      return this.#flushIfFull
    }
    const { files } = this.#repository
    const counted = Stream.tap(content, (chunk) => Effect.sync(() => this.#meter.passed(0, chunk.byteLength)))
    return Effect.gen({ self: this }, function* () {
      const temporary = yield* files.streamTemporary(counted)
      this.#meter.passed(1, prefixBytes)
      if (yield* files.publish(temporary, path, "keep")) this.written += 1
      this.strays.add(id)
    })
  }

  #wait(object: Waiting): void {
    this.#waiting.push(object)
    this.#waitingBytes += object.content.length
  }

  get #flushIfFull(): Effect.Effect<void, FolderError> {
    const isFull = this.#waiting.length >= waitingMax || this.#waitingBytes >= waitingBytesMax
    return isFull ? this.flush : Effect.void
  }

  /** Writes all received objects to the disk. */
  readonly flush: Effect.Effect<void, FolderError> = Effect.uninterruptible(
    Effect.gen({ self: this }, function* () {
      const { files } = this.#repository
      const waiting = this.#waiting
      const commits = this.#waitingCommits
      this.#waiting = []
      this.#waitingBytes = 0
      this.#waitingCommits = []
      const write = Effect.fnUntraced(function* ({ path, content }: Waiting) {
        if ((yield* files.standing(path)) === "file") return undefined
        return { path, temporary: yield* files.writeTemporary(content) }
      })
      const written = yield* Effect.forEach(waiting, write, { concurrency: writesAtOnce })
      for (const file of written) {
        if (file === undefined) continue
        if (yield* files.publish(file.temporary, file.path, "keep")) this.written += 1
      }
      for (const [id, parents] of commits) {
        for (const parent of parents) this.tips.delete(parent)
        this.tips.add(id)
        this.arrived.add(id)
      }
    })
  )

  /** Receives a whole stream. Even if it breaks off, what has arrived is on the disk afterwards. */
  takeAll<E, R>(objects: Stream.Stream<MpackObject<E>, E, R>): Effect.Effect<void, E | MpackRefused | FolderError, R> {
    return Effect.onExit(
      Stream.runForEach(objects, (object) => this.take(object)),
      () => this.flush
    )
  }
}
