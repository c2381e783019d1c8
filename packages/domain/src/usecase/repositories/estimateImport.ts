/** Tells what an import would ask the store and put there. The stream is read to its trailer; nothing is written. */
import { Effect, Option, Result, type Scope, Stream } from "effect"
import { hasUser } from "../../invariant/HubDocuments.ts"
import { readClaim } from "../../invariant/NameClaims.ts"
import { isFull } from "../../invariant/packs/NewPacks.ts"
import { passingMemory } from "../../invariant/packs/PackMemory.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { blobOf } from "../../object/Blob.ts"
import type { ContentRefused, ObjectCorrupt } from "../../object/Refused.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import { PackDirectory } from "../../pack/PackDirectory.ts"
import type { PackableObject } from "../../pack/PackedObject.ts"
import { PackWriter } from "../../pack/PackWriter.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import { slugOf } from "../../repository/Names.ts"
import { RepositoryNameTaken } from "../../repository/rootErrors.ts"
import type { Principal } from "../access/policy.ts"
import { checkCreator, type EstablishError } from "./establish.ts"
import type { ImportedRepository } from "./importHistory.ts"
import { readImport, type ReadImportError } from "./readImport.ts"
import { addPackRuns } from "../operations/cost/packRequests.ts"
import { Requests } from "../operations/cost/Requests.ts"

/** Packs objects as an import does, and keeps their sizes alone. */
class PackSizes {
  packs = 0
  commits = 0
  largeBlobs = 0
  bytes = 0
  readonly requests = new Requests()
  #writer = new PackWriter()

  readonly add = Effect.fnUntraced({ self: this }, function* (object: CanonicalObject) {
    if (object.type === "commit") this.commits += 1
    yield* this.#writer.add(object as PackableObject)
    if (isFull(this.#writer)) yield* this.end()
  })

  readonly addBlob = Effect.fnUntraced({ self: this }, function* ({ content, size }: CanonicalObject<"blob">) {
    if (size > packedBlobBytesMax) {
      this.largeBlobs += 1
      this.bytes += size
      // The index asks for its size.
      this.requests.put += 1
      this.requests.head += 1
      // It is verified as it passes.
      if (!(content instanceof Uint8Array)) yield* Stream.runDrain(content)
      return
    }
    yield* this.add(blobOf(content instanceof Uint8Array ? content : yield* Stream.mkUint8Array(content)))
  })

  end(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const written = yield* this.#writer.finish()
      this.#writer = new PackWriter()
      if (Option.isNone(written)) return
      const { directory, file } = written.value
      this.packs += 1
      this.bytes += file.size
      this.requests.put += 1
      if (file.size <= passingMemory.written) return
      // The index records what is in it, and a pack of this size is not in memory any more.
      const decoded = Result.getOrThrow(PackDirectory.decode(directory))
      addPackRuns(this.requests, { directory: decoded }, ({ type }) => type !== "blob")
    })
  }
}

export interface ImportEstimate {
  readonly requests: Readonly<Requests>
  readonly commits: number
  readonly branches: number
  readonly packs: number
  /** Blobs that are stored under their own key. */
  readonly largeBlobs: number
  /** Bytes of packs and large blobs that the store has more afterwards. */
  readonly storedBytes: number
  /** Whether the owner is created. */
  readonly isNewOwner: boolean
}

/** Estimates an import. Refuses what the import would refuse. */
export const estimateImport = Effect.fn("estimateImport")(function* <E, R>(
  principal: Principal,
  { defaultBranch, name, owner }: ImportedRepository,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<
  ImportEstimate,
  ReadImportError | EstablishError | ContentRefused | ObjectCorrupt | StoreUnavailable | E,
  ObjectStore | Scope.Scope | R
> {
  yield* checkCreator(principal, owner)
  const slug = slugOf(name)
  if (Option.isSome(yield* readClaim({ owner, slug }))) return yield* new RepositoryNameTaken({ owner, slug })
  const isNewOwner = !(yield* hasUser(owner))
  const sizes = new PackSizes()
  const { branches } = yield* readImport(defaultBranch, source, sizes)
  yield* sizes.end()
  const { bytes: storedBytes, commits, largeBlobs, packs, requests } = sizes
  // The owner, the root and the name.
  requests.get += 2 + (largeBlobs === 0 ? 0 : 1)
  requests.put += 2 + (isNewOwner ? 1 : 0)
  // Proposals and annotations.
  for (let collections = 0; collections < 2; collections += 1) requests.listed(0)
  return { requests, commits, branches: branches.size, packs, largeBlobs, storedBytes, isNewOwner }
})
