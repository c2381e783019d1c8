/**
 * Answers for the repository which objects it has that a push as a stream leaves out. What the index knows counts if a
 * pack that the root names holds it; a large blob, which is in none, is looked for in the store.
 */
import { Effect } from "effect"
import { orDefault } from "../../base/expected.ts"
import { type ObjectName, type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { storedPlaces } from "../../invariant/packs/storedPlaces.ts"
import type { BlobId, Sha256 } from "../../object/Id.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { PackIndex } from "../../port/index/PackIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { MpackHolds } from "../../wire/mpack/History.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { manifestsOf } from "../manifests/introductions.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { requireHeld, requireReadable, requireUnknown } from "../recovery/lostRows.ts"
import { whatCanBeRead } from "../recovery/whatCanBeRead.ts"
import { sentAhead } from "./admitBlobs.ts"
import type { ArrivingNodes } from "./ArrivingNodes.ts"
import { missing } from "./ObjectsMissing.ts"

const blobNames = (ids: ReadonlyArray<BlobId>) => ids.map((id): ObjectName => ({ type: "blob", id }))

/** Returns the answers to a stream, whose commits become `nodes`, and what they rely on. */
export const heldObjects = Effect.fnUntraced(function* (open: OpenRepository<"write">, nodes: ArrivingNodes) {
  const index = yield* ObjectIndex
  const packs = yield* Packs
  const here = yield* Effect.context<ObjectStore | PackIndex | Packs | RepositoryIndex>()
  /** The packs that were sent ahead. */
  const staged = new Map<Sha256, StoredPack>()
  /** Blobs that the index knows and that are in no pack: large ones, unless they are lost. */
  const unpacked = new Set<BlobId>()

  const holds: MpackHolds<IndexUnavailable | ObjectReadError | PackLost> = Effect.fnUntraced(
    function* (ids) {
      const known = yield* index.known(open.id, ids)
      for (const [id, node] of known.commits) nodes.known.set(id, node)
      const records = [
        ...ids.commits.map((id): ObjectName => ({ type: "commit", id })),
        ...ids.snapshots.map((id): ObjectName => ({ type: "snapshot", id }))
      ]
      const isKnown = ({ id, type }: ObjectName) =>
        type === "commit" ? known.commits.has(id) : type === "snapshot" && known.snapshots.has(id)
      yield* requireHeld(open.id, records.filter(isKnown))
      const lacking = records.filter((name) => !isKnown(name))
      yield* requireUnknown(open.root.value, lacking)
      const recorded = [...known.blobs]
      const places = yield* storedPlaces(packs.find(open.id, blobNames(recorded)))
      for (const [position, id] of recorded.entries()) if (places[position] === undefined) unpacked.add(id)
      const unrecorded = ids.blobs.filter((id) => !known.blobs.has(id))
      const ahead = yield* sentAhead(open.id, unrecorded)
      for (const pack of ahead.packs) staged.set(pack.ref.sha256, pack)
      yield* requireReadable(open.id, [...lacking, ...blobNames(unrecorded.filter((id) => !ahead.blobs.has(id)))])
      return { ...known, blobs: known.blobs.union(ahead.blobs) }
    },
    (effect) => Effect.provideContext(effect, here)
  )

  /** Fails if a blob is lost that the stream leaves out, and that the commits on which it builds do not have. */
  const requireUnpacked = Effect.fnUntraced(function* () {
    if (unpacked.size === 0) return
    const parents = new Set([...nodes.came.values()].flatMap(({ parents: of }) => of))
    const built = [...parents].flatMap((id) => orDefault(nodes.known.get(id)?.snapshotId, []))
    const manifests = yield* whatCanBeRead(
      [...new Set(built)],
      (some) => Effect.map(manifestsOf(open, some, new Map()), (read) => [...read.values()]),
      `snapshots of repository ${open.id}`
    )
    const inherited = new Set(manifests.flatMap((manifest) => [...manifest.values()]))
    const introduced = [...unpacked].filter((id) => !inherited.has(id))
    const { blobs } = yield* sentAhead(open.id, introduced)
    const lost = introduced.filter((id) => !blobs.has(id))
    if (lost.length === 0) return
    yield* requireReadable(open.id, blobNames(lost))
    return yield* missing("blob", lost)
  })

  return { holds, requireUnpacked, staged }
})
