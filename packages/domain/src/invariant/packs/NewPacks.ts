/**
 * Writes objects into new packs of a repository. What it put counts for nothing before a root names the packs
 * (`namingPacks`), so a writer that gives up leaves nothing that a reader could see.
 */
import { Effect, Result, Stream } from "effect"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { elementAt } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import { type Commit, encodingCommit } from "../../object/Commit.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { ContentRefused, ObjectCorrupt, ObjectRefused } from "../../object/Refused.ts"
import { encodingSnapshot, type Snapshot } from "../../object/Snapshot.ts"
import type { BlobId, RepositoryId } from "../../object/Id.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import type { PackableObject } from "../../pack/PackedObject.ts"
import { PackWriter } from "../../pack/PackWriter.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import { putLargeBlob } from "../ObjectWriter.ts"
import { tellingUnread } from "../tellingUnread.ts"
import { type ObjectName, type ObjectReadError, Packs } from "./Packs.ts"

/**
 * Compressed bytes after which a pack is put and another one begun, and objects. They bound the memory of a writer;
 * merging makes larger packs of them later.
 */
export const packBytes = 16 * 1024 * 1024
const packObjects = 65_536

/** Says whether a pack is put before more is added. */
export const isFull = ({ blocksLength, objects }: PackWriter): boolean =>
  blocksLength >= packBytes || objects >= packObjects

export class NewPacks {
  readonly repository: RepositoryId
  #writer = new PackWriter()
  #put: Array<StoredPack> = []
  #bytes = 0

  constructor(repository: RepositoryId) {
    this.repository = repository
  }

  /** The packs that were put so far. */
  get packs(): ReadonlyArray<StoredPack> {
    return this.#put
  }

  /** Bytes of the objects that were added so far, and of the large blobs that the store lacked. */
  get bytes(): number {
    return this.#bytes + this.#writer.contentBytes
  }

  /** Says whether an object is in the pack that is being written, which nobody can read yet. */
  isPending({ id, type }: ObjectName): boolean {
    return this.#writer.has(type, id)
  }

  /**
   * Adds a blob; a large one is put under its own key. Returns whether it is new, as far as this write can tell: a
   * large one may be stored already.
   */
  addBlob(
    blob: CanonicalObject<"blob">
  ): Effect.Effect<boolean, ContentRefused | ObjectCorrupt | StoreUnavailable, ObjectStore | Packs> {
    return Effect.gen({ self: this }, function* () {
      if (blob.size > packedBlobBytesMax) {
        const { created } = yield* putLargeBlob(this.repository, blob)
        if (created) this.#bytes += blob.size
        return created
      }
      const { content } = blob
      yield* this.add(content instanceof Uint8Array ? blob : blobOf(yield* Stream.mkUint8Array(content)))
      return true
    })
  }

  /**
   * Adds a blob whose bytes come from elsewhere in the store, hashing them as they pass. Fails with `StoreUnavailable`,
   * not with `ContentRefused`, when they cannot be read.
   */
  addBlobRead(id: BlobId, size: number, bytes: Stream.Stream<Uint8Array, unknown>) {
    return Effect.mapError(this.addBlob(blobArriving(id, size, bytes)), tellingUnread)
  }

  /**
   * Adds an object whose bytes are in memory, unless it was added to the pack that is being written. What it depends on
   * was added before it, or is in a named pack. The next call waits for this one.
   */
  add(object: CanonicalObject): Effect.Effect<void, StoreUnavailable, Packs> {
    return Effect.suspend(() => this.addNow(object) ?? Effect.void)
  }

  /** Adds an object as `add` does, but at once, and returns what is left to do, if there is anything. */
  addNow(object: CanonicalObject): Effect.Effect<void, StoreUnavailable, Packs> | undefined {
    if (!(object.content instanceof Uint8Array)) return Effect.die(new Error(`${object.type} ${object.id} is a stream`))
    const left = this.#writer.addNow(object as PackableObject)
    const ending = Effect.suspend(() => (isFull(this.#writer) ? this.#end() : Effect.void))
    if (left !== undefined) return Effect.andThen(left, ending)
    return isFull(this.#writer) ? ending : undefined
  }

  /** Adds a snapshot, encoded in slices. */
  addSnapshot(snapshot: Snapshot): Effect.Effect<void, StoreUnavailable, Packs> {
    return Effect.flatMap(
      inSlices(() => encodingSnapshot(snapshot)),
      (object) =>
        Effect.flatMap(Packs, ({ recent }) => {
          recent.remember(snapshot, object)
          return this.add(object)
        })
    )
  }

  /** Adds a commit. */
  addCommit(commit: Commit): Effect.Effect<void, ObjectRefused | StoreUnavailable, Packs> {
    return Effect.flatMap(
      inSlices(() => encodingCommit(commit)),
      (encoded): Effect.Effect<void, ObjectRefused | StoreUnavailable, Packs> =>
        Result.isFailure(encoded) ? Effect.fail(encoded.failure) : this.add(encoded.success)
    )
  }

  /** Puts the pack that is being written. Returns all packs, in the order in which a root has to name them. */
  finish(): Effect.Effect<ReadonlyArray<StoredPack>, StoreUnavailable, Packs> {
    return Effect.map(this.#end(), () => this.#put)
  }

  /** Reads an object from the packs that were put; fails if it is in none of them. */
  read(name: ObjectName): Effect.Effect<Result.Result<Uint8Array, ObjectReadError> | undefined, never, Packs> {
    return Effect.gen({ self: this }, function* () {
      for (const pack of this.#put) {
        const object = pack.directory.find(name.type, name.id)
        if (object !== undefined) return elementAt(yield* (yield* Packs).read([{ pack, object }]), 0)
      }
      return undefined
    })
  }

  #end(): Effect.Effect<void, StoreUnavailable, Packs> {
    return Effect.gen({ self: this }, function* () {
      const written = yield* this.#writer.finish()
      this.#bytes += this.#writer.contentBytes
      this.#writer = new PackWriter()
      if (written._tag === "None") return
      const { put } = yield* Packs
      this.#put.push(yield* put(this.repository, written.value))
    })
  }
}
