/**
 * What reads found damaged or gone: packs and blocks of packs, for a short time, since an operator may put them back,
 * and large blobs. In memory and within bounds, so what is forgotten is found out again.
 */
import { Clock, Effect } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import type { BlobId, RepositoryId } from "../../object/Id.ts"
import { ObjectCorrupt } from "../../object/Refused.ts"
import { ObjectMissing } from "../../port/ObjectStore.ts"

/** Why a pack, or a block of it, cannot be read, though the store answers. */
export type PackLoss = ObjectMissing | ObjectCorrupt

/** Returns whether a read failed because of what is stored. */
export const isLoss = (error: unknown): error is PackLoss =>
  error instanceof ObjectMissing || error instanceof ObjectCorrupt

/** How long a pack that could not be read is not read again. */
const packMillisMax = 15_000
/** How long a damaged block is passed over: long enough for a client that was told of it to send the object again. */
const blockMillisMax = 60_000
const packsMax = 1_000
const blocksMax = 10_000
const blobsMax = 10_000

interface Loss {
  readonly loss: PackLoss
  readonly untilMillis: number
}

export class Damage {
  readonly #packs = new BoundedMap<string, Loss>()
  readonly #blocks = new BoundedMap<string, Loss>()
  readonly #blobs = new BoundedMap<string, number>()

  /** Says whether nothing at all is remembered. */
  get isEmpty(): boolean {
    return this.#packs.weight + this.#blocks.weight + this.#blobs.weight === 0
  }

  /** Returns why a pack could not be read lately. */
  ofPack(pack: string): Effect.Effect<PackLoss | undefined> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      const lost = this.#packs.get(pack)
      return lost !== undefined && now < lost.untilMillis ? lost.loss : undefined
    })
  }

  /** Returns why a block of a pack could not be read lately. */
  ofBlock(pack: string, block: number, nowMillis: number): PackLoss | undefined {
    const lost = this.#blocks.weight === 0 ? undefined : this.#blocks.get(`${pack}/${block}`)
    return lost !== undefined && nowMillis < lost.untilMillis ? lost.loss : undefined
  }

  /**
   * Returns whether a large blob was found damaged or gone. One that was stored after that, by another hub, is another
   * one.
   */
  hasBlob(repository: RepositoryId, id: BlobId, storedAtMillis = 0): boolean {
    const foundAt = this.#blobs.weight === 0 ? undefined : this.#blobs.get(`${repository}/${id}`)
    return foundAt !== undefined && storedAtMillis <= foundAt
  }

  /** Remembers that a large blob is damaged or gone. */
  addBlob(repository: RepositoryId, id: BlobId): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.#blobs.set(`${repository}/${id}`, now)
      this.#blobs.trim({ sizeMax: blobsMax })
    })
  }

  /** Forgets that a large blob was damaged: it was put again. */
  forgetBlob(repository: RepositoryId, id: BlobId): void {
    this.#blobs.delete(`${repository}/${id}`)
  }

  /** Remembers that a pack cannot be read. */
  addPack(pack: string, loss: PackLoss): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.#packs.set(pack, { loss, untilMillis: now + packMillisMax })
      this.#packs.trim({ sizeMax: packsMax })
    })
  }

  /** Remembers that a block of a pack is damaged. */
  addBlock(pack: string, block: number, loss: PackLoss): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.#blocks.set(`${pack}/${block}`, { loss, untilMillis: now + blockMillisMax })
      this.#blocks.trim({ sizeMax: blocksMax })
    })
  }

  /** Forgets all of a pack of so many blocks: it was put again. */
  forget(pack: string, blocks: number): void {
    this.#packs.delete(pack)
    if (this.#blocks.weight === 0) return
    for (let block = 0; block < blocks; block += 1) this.#blocks.delete(`${pack}/${block}`)
  }
}
