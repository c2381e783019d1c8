/** Where the history of a legacy repository goes: new packs, which the root names as they are put. */
import { Effect, Result, Semaphore } from "effect"
import { NewPacks } from "../../../invariant/packs/NewPacks.ts"
import { namingPacks } from "../../../invariant/packs/namingPacks.ts"
import { type ObjectName, type PackedPlace, Packs } from "../../../invariant/packs/Packs.ts"
import { type Decision, Roots } from "../../../invariant/Roots.ts"
import { blobArriving, blobOf } from "../../../object/Blob.ts"
import type { CanonicalObject } from "../../../object/CanonicalObject.ts"
import { inSlices } from "../../../base/Slices.ts"
import { type Commit, openingCommit } from "../../../object/Commit.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../../../object/Id.ts"
import { openSnapshot, type Snapshot } from "../../../object/Snapshot.ts"
import { packedBlobBytesMax } from "../../../pack/limits.ts"
import { LegacyUnavailable, type LegacyBlob } from "../../../port/legacy/LegacyRecords.ts"
import type { StoreUnavailable } from "../../../port/ObjectStore.ts"
import type { StoredDocument, StoredPack } from "../../../port/Stored.ts"
import type { Root } from "../../../repository/Root.ts"
import type { ReceiptsUnwritten } from "./Receipt.ts"

/** Is told of packs before the root names them. */
export type OnPut = (packs: ReadonlyArray<StoredPack>) => Effect.Effect<void, ReceiptsUnwritten>

/** Names what was put, and changes nothing that a reader sees. */
const nothingElse: Decision<never> = () => Effect.succeed({ root: {}, change: null })

export class HistoryTarget {
  readonly packs: NewPacks
  #root: StoredDocument<Root>
  #named = 0
  #look: ((name: ObjectName) => PackedPlace | undefined) | undefined
  /** Blobs that were put under their own keys. */
  readonly #large = new Set<BlobId>()

  readonly #onPut: OnPut

  /** `root` is that of the repository, which exists. */
  constructor(root: StoredDocument<Root>, onPut: OnPut) {
    this.#root = root
    this.#onPut = onPut
    this.packs = new NewPacks(this.repository)
  }

  get root(): StoredDocument<Root> {
    return this.#root
  }

  get repository(): RepositoryId {
    return this.#root.value.repository.id
  }

  /** Says which of these objects are in packs, in their order. Asks the store for nothing that it was asked before. */
  readonly holds = Effect.fnUntraced({ self: this }, function* (names: ReadonlyArray<ObjectName>) {
    const look = yield* this.#looking()
    return names.map((name) => look(name) !== undefined || this.#isPut(name))
  })

  /** Reads a snapshot that is in a pack; undefined if it is in none that was put. */
  readonly written = Effect.fnUntraced({ self: this }, function* (id: SnapshotId) {
    const stored = yield* this.#stored({ type: "snapshot", id })
    return stored === undefined ? undefined : Result.getOrUndefined(openSnapshot(stored))
  })

  /** Reads a commit that is in a pack; undefined if it is in none that was put. */
  readonly writtenCommit = Effect.fnUntraced({ self: this }, function* (id: CommitId) {
    const stored = yield* this.#stored({ type: "commit", id })
    return stored === undefined ? undefined : Result.getOrUndefined(yield* inSlices(() => openingCommit(stored)))
  })

  readonly #stored = Effect.fnUntraced({ self: this }, function* (name: ObjectName) {
    const place = (yield* this.#looking())(name)
    const { read } = yield* Packs
    const [stored] = place === undefined ? [yield* this.packs.read(name)] : yield* read([place])
    return stored === undefined ? undefined : Result.getOrUndefined(stored)
  })

  /** Returns how to find objects in the packs that the root named at first: those of this run are in `packs`. */
  readonly #looking = Effect.fnUntraced({ self: this }, function* () {
    const { lookIn, namedBy } = yield* Packs
    this.#look ??= yield* lookIn(this.repository, yield* namedBy(this.#root.value))
    return this.#look
  })

  #isPut({ id, type }: ObjectName): boolean {
    return this.packs.packs.some(({ directory }) => directory.find(type, id) !== undefined)
  }

  /** Says whether a blob was added and is in no pack that was put. */
  isPending(id: BlobId): boolean {
    return this.packs.isPending({ type: "blob", id }) || this.#large.has(id)
  }

  /** Adds a blob from its file. Returns why its bytes are not right, if they are not. */
  readonly addBlob = Effect.fnUntraced({ self: this }, function* (id: BlobId, { content, size }: LegacyBlob) {
    const refusal =
      content instanceof Uint8Array
        ? yield* this.#addWhole(blobOf(content), id)
        : yield* this.#addArriving(blobArriving(id, size, content))
    if (refusal === undefined && size > packedBlobBytesMax) this.#large.add(id)
    return refusal
  })

  #addWhole(blob: CanonicalObject<"blob">, id: BlobId): Effect.Effect<string | undefined, StoreUnavailable, Packs> {
    if (blob.id !== id) return Effect.succeed(`the content hashes to ${blob.id}`)
    return Effect.as(this.packs.add(blob), undefined)
  }

  #addArriving(blob: CanonicalObject<"blob">) {
    return this.packs.addBlob(blob).pipe(
      Effect.as(undefined),
      Effect.catchTag("ContentRefused", ({ cause, reason }) =>
        // A folder that does not answer says nothing of the row.
        cause instanceof LegacyUnavailable ? Effect.fail(cause) : Effect.succeed(reason)
      )
    )
  }

  /** Adds a commit and its snapshot, whose blobs were added before. Returns why the commit is refused, if it is. */
  readonly addCommit = Effect.fnUntraced({ self: this }, function* (commit: Commit, snapshot: Snapshot | undefined) {
    if (snapshot !== undefined) yield* this.packs.addSnapshot(snapshot)
    return yield* this.packs.addCommit(commit).pipe(
      Effect.as(undefined),
      Effect.catchTag("ObjectRefused", ({ reason }) => Effect.succeed(reason))
    )
  })

  /** Names the packs that were put, so that a run that is ended goes on from there. Says whether there were any. */
  readonly namePut = Effect.suspend(() =>
    this.packs.packs.length === this.#named ? Effect.succeed(false) : Effect.as(this.move(nothingElse), true)
  )

  /** Puts and names all packs, so that what was added can be read. Calls at the same time wait for each other. */
  readonly nameAll = Effect.suspend(() => this.#naming.withPermit(this.#nameAll))

  readonly #naming = Semaphore.makeUnsafe(1)
  readonly #nameAll = Effect.gen({ self: this }, function* () {
    yield* this.packs.finish()
    if (this.packs.packs.length > this.#named) yield* this.move(nothingElse)
  })

  /** Puts the last pack, and names all in the move of the root that `decide` makes. */
  readonly finish = <E>(decide: Decision<E>) => Effect.andThen(this.packs.finish(), this.move(decide))

  readonly move = Effect.fnUntraced(function* <E>(this: HistoryTarget, decide: Decision<E>) {
    const { move } = yield* Roots
    const added = this.packs.packs.slice(this.#named)
    if (added.length > 0) yield* this.#onPut(added)
    this.#root = yield* move(this.repository, yield* namingPacks(decide, this.#root.value, added))
    this.#named += added.length
    return this.#root
  })
}
