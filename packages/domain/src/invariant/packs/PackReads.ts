/**
 * Reads the ends and the blocks of packs, and checks them. What was read or put lately stays in memory, except where a
 * caller asks what is in the store.
 */
import { Effect, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { runOf } from "../../pack/blockRuns.ts"
import type { PackBlock, PackedObject } from "../../pack/PackedObject.ts"
import type { PackRefused } from "../../pack/PackRefused.ts"
import { readBlock, readDirectory } from "../../pack/readPacked.ts"
import { storedPack } from "../../port/internal/evidence.ts"
import type { ObjectMissing, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { type ImmutableKey, immutablePath } from "../../port/StoreKey.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import { type PackMemory, servingMemory } from "./PackMemory.ts"

/** How reading an object can fail. */
export type ObjectReadError = ObjectMissing | ObjectCorrupt | StoreUnavailable

/** An object in a pack. */
export interface PackedPlace {
  readonly pack: StoredPack
  readonly object: PackedObject
}

export const packKey = (repository: RepositoryId, id: Sha256): ImmutableKey<"pack"> => ({
  repository,
  type: "pack",
  id
})

/** The name of a pack in memory. */
export const packName = (repository: RepositoryId, id: Sha256) => `${repository}/${id}`

/** Returns how the failure of reading a part of a pack is told: with the key of the pack. */
export const corruptAs = (repository: RepositoryId, id: Sha256) => (error: PackRefused | ObjectReadError) =>
  error._tag === "PackRefused"
    ? new ObjectCorrupt({ key: immutablePath(packKey(repository, id)), reason: error.reason })
    : error

const bytesKept = (max: number) => new SharedReads<string, Uint8Array>(max, ({ byteLength }) => byteLength)

export class PackReads {
  readonly #store: ObjectStore["Service"]
  readonly #written
  readonly #runs
  readonly #blocks

  /** `memory` is for callers that read with memory. */
  constructor(store: ObjectStore["Service"], memory: PackMemory = servingMemory) {
    this.#store = store
    this.#written = bytesKept(memory.written)
    this.#runs = bytesKept(memory.runs)
    this.#blocks = bytesKept(memory.blocks)
  }

  /** Keeps the bytes of a pack that was put. */
  keep(repository: RepositoryId, id: Sha256, content: Uint8Array): void {
    this.#written.set(packName(repository, id), content)
  }

  /** Reads the evidence of a pack from the store: that it is there with its size, and its directory. */
  pack(repository: RepositoryId, ref: PackRef): Effect.Effect<StoredPack, ObjectReadError> {
    const read = readDirectory(ref.size, this.#stored(repository, ref.sha256))
    const directory = Effect.mapError(read, corruptAs(repository, ref.sha256))
    return Effect.map(
      Effect.all([this.head(repository, ref), directory], { concurrency: 2 }),
      ([storageUri, directory]) => storedPack({ repository, ref, directory, storageUri })
    )
  }

  /** Asks the store whether it has a pack, with the size that its name in the root says. Returns its URI. */
  head(repository: RepositoryId, { sha256, size: said }: PackRef): Effect.Effect<string, ObjectReadError> {
    const key = packKey(repository, sha256)
    return Effect.flatMap(this.#store.head(key), ({ size, storageUri }) => {
      if (size === said) return Effect.succeed(storageUri)
      const reason = `it has ${size} bytes, and its root says ${said}`
      return Effect.fail(new ObjectCorrupt({ key: immutablePath(key), reason }))
    })
  }

  /** Reads the content of a block. With `ahead`, reads the blocks after it too, in one request. */
  block(pack: StoredPack, number: number, ahead: boolean): Effect.Effect<Uint8Array, ObjectReadError> {
    const { directory, ref, repository } = pack
    const block = elementAt(directory.blocks, number)
    const read = ahead ? this.#inRun(pack, block) : readBlock(block, this.#kept(repository, ref.sha256))
    return this.#blocks.getOrRead(
      `${packName(repository, ref.sha256)}/${number}`,
      Effect.mapError(read, corruptAs(repository, ref.sha256))
    )
  }

  /** Reads a block from the store, whatever is in memory. */
  storedBlock({ directory, ref, repository }: StoredPack, number: number): Effect.Effect<Uint8Array, ObjectReadError> {
    const read = readBlock(elementAt(directory.blocks, number), this.#stored(repository, ref.sha256))
    return Effect.mapError(read, corruptAs(repository, ref.sha256))
  }

  /** Reads a range of a pack from the store, whatever is in memory. */
  storedBytes({ ref, repository }: StoredPack, start: number, end: number): Effect.Effect<Uint8Array, ObjectReadError> {
    return this.#stored(repository, ref.sha256)(start, end)
  }

  /** Reads a range of a pack, which has the size that its name in the root says. */
  #stored(repository: RepositoryId, id: Sha256) {
    const key = packKey(repository, id)
    return (start: number, end: number, parts?: ReadonlyArray<PackBlock>) =>
      Stream.mkUint8Array(this.#store.stream(key, { start, end, parts })).pipe(
        Effect.catchTag("RangeOutside", () =>
          Effect.fail(new ObjectCorrupt({ key: immutablePath(key), reason: "it is shorter than its root says" }))
        )
      )
  }

  #kept(repository: RepositoryId, id: Sha256) {
    const stored = this.#stored(repository, id)
    return (start: number, end: number, parts?: ReadonlyArray<PackBlock>) => {
      const own = this.#written.get(packName(repository, id))
      return own === undefined ? stored(start, end, parts) : Effect.succeed(own.subarray(start, end))
    }
  }

  /** Reads a block with the run of blocks that it belongs to. A run with a damaged block is not kept. */
  #inRun(pack: StoredPack, block: PackBlock) {
    const { ref, repository } = pack
    const run = runOf(pack.directory, block)
    const [first, last] = [elementAt(run, 0), elementAt(run, run.length - 1)]
    const end = last.start + last.length
    const key = `${packName(repository, ref.sha256)}/${first.start}`
    const read = this.#runs.getOrRead(key, this.#kept(repository, ref.sha256)(first.start, end, run))
    const start = block.start - first.start
    return readBlock(block, () => Effect.map(read, (bytes) => bytes.subarray(start, start + block.length))).pipe(
      Effect.tapError(() => Effect.sync(() => this.#runs.drop(key)))
    )
  }
}
