/** Receives blobs that a pusher sends ahead of the commits that need them. */
import { Effect, type Stream } from "effect"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { packsThere } from "../../invariant/packs/storedPlaces.ts"
import { blobApart, blobArriving, blobOf } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { apartBytesMin } from "../../object/Digest.ts"
import type { BlobId } from "../../object/Id.ts"
import type { MoveError } from "../../invariant/Roots.ts"
import { type ContentRefused, IdMismatch, type ObjectCorrupt } from "../../object/Refused.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { countingPacks } from "../access/takingBytes.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import type { StoredPack } from "../../port/Stored.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"

/** An incoming blob: a small one whole, a large one as a stream. */
export interface ArrivingBlob {
  readonly id: BlobId
  /** Count of bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, unknown>
}

/** Takes one blob. A large one is stored when this returns, a small one with the others of its pack. */
export type TakeBlob = (
  blob: ArrivingBlob
) => Effect.Effect<void, IdMismatch | ContentRefused | ObjectCorrupt | QuotaExceeded | StoreUnavailable>

export type UploadBlobsError = ContentRefused | QuotaExceeded | IndexUnavailable | MoveError

/** How many blobs were stored, and how many were there already. */
export interface UploadedBlobs {
  readonly stored: number
  readonly skipped: number
}

/**
 * Names packs at once that put back blobs of the repository which a read found damaged or gone. No push needs them: its
 * commits are there. What cannot be named stays staged.
 */
const nameRestored = Effect.fnUntraced(function* (open: OpenRepository<"upload">, packs: ReadonlyArray<StoredPack>) {
  const { damage } = yield* Packs
  if (damage.isEmpty || packs.length === 0) return
  const index = yield* ObjectIndex
  const ids = packs.flatMap(({ directory }) =>
    [...directory].flatMap((blob) => (blob.type === "blob" ? [blob.id] : []))
  )
  const { blobs } = yield* index.known(open.id, { blobs: ids, snapshots: [], commits: [] })
  const restoring = packs.filter(({ directory }) => blobs.values().some((id) => directory.find("blob", id)))
  if (restoring.length === 0) return
  yield* moveRoot(open, () => Effect.succeed({ root: {}, change: null }), restoring)
  yield* Effect.logInfo(
    `lost blobs of repository ${open.id} were sent again: ${blobs.values().take(20).toArray().join(", ")}`
  )
})

/**
 * Stores blobs as `deliver` passes them, each under the id of its bytes: the small ones in packs, which the index
 * remembers until a push needs them. They stay invisible to readers until then.
 */
export const uploadBlobs = Effect.fn("uploadBlobs")(function* <E, R>(
  open: OpenRepository<"upload">,
  deliver: (take: TakeBlob) => Effect.Effect<unknown, E, R>
): Effect.fn.Return<UploadedBlobs, UploadBlobsError | E, MoveServices | R> {
  const here = yield* Effect.context<ObjectStore | Packs>()
  const packs = yield* Packs
  const index = yield* PackIndex
  const look = yield* packs.lookIn(open.id, yield* packs.namedBy(open.root.value))
  const written = new NewPacks(open.id)
  const countPacks = yield* countingPacks(open, written)
  let [stored, skipped] = [0, 0]

  const isHeld = Effect.fnUntraced(function* (id: BlobId) {
    const place = look({ type: "blob", id })
    if (place === undefined) return false
    return (yield* packsThere([place.pack])).length > 0
  }, Effect.provideContext(here))

  const mismatch = (id: BlobId, computed: BlobId) => new IdMismatch({ type: "blob", given: id, computed })

  /** Takes a small blob that is new: most are, and an effect for each step would cost more than the step. */
  const takeSmall = (id: BlobId, blob: CanonicalObject<"blob">) => {
    if (blob.id !== id) return mismatch(id, blob.id)
    const left = written.addNow(blob)
    stored += 1
    return left === undefined ? countPacks : Effect.andThen(Effect.provideContext(left, here), countPacks)
  }

  const takeAny = Effect.fnUntraced(function* ({ id, size, content }: ArrivingBlob) {
    const blob = content instanceof Uint8Array ? yield* blobApart(content) : blobArriving(id, size, content)
    if (blob.id !== id) return yield* mismatch(id, blob.id)
    const isNew = !(yield* isHeld(id)) && (yield* Effect.provideContext(written.addBlob(blob), here))
    if (isNew) stored += 1
    else skipped += 1
    yield* countPacks
  })

  const take: TakeBlob = (blob) => {
    const { content, id } = blob
    const isSmall = content instanceof Uint8Array && content.byteLength < apartBytesMin
    return isSmall && look({ type: "blob", id }) === undefined ? takeSmall(id, blobOf(content)) : takeAny(blob)
  }

  const stage = Effect.flatMap(
    Effect.suspend(() => written.finish()),
    (staged) =>
      Effect.forEach(
        staged,
        (pack) =>
          Effect.andThen(
            index.stage(pack),
            Effect.sync(() => packs.staged.add(pack))
          ),
        { discard: true }
      )
  )
  yield* deliver(take).pipe(
    // What arrived before the call broke off counts too, and need not be sent again.
    Effect.onError(() =>
      Effect.catch(stage, (error) => Effect.logWarning("blobs of a call that broke off are not staged", error))
    )
  )
  yield* stage
  yield* nameRestored(open, written.packs)
  return { stored, skipped }
})
