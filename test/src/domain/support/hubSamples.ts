/**
 * A hub without a network for tests of the use cases: store, index and roots in memory, people, repositories, and a
 * small language for histories. Several hubs may share a store or an index, as several processes do.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { assert } from "@effect/vitest"
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import type { ObjectName, Packs } from "@musehub/domain/invariant/packs/Packs"
import type { Roots } from "@musehub/domain/invariant/Roots"
import { type Commit, type CommitRecord, decodeCommit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type CommitId, type ObjectType, type RepositoryId } from "@musehub/domain/object/Id"
import { decodeSnapshot, makeSnapshot, type Snapshot } from "@musehub/domain/object/Snapshot"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import type { Index } from "@musehub/domain/port/index/Index"
import type { ObjectRow } from "@musehub/domain/port/index/ObjectIndex"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { type WholeIndex, portsOf } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import { everyItem, type Page, type PageRequest } from "@musehub/domain/port/Page"
import { Description, Domain, RepositoryName, UserName } from "@musehub/domain/repository/Names"
import { expected } from "@musehub/domain/base/expected"
import { rootCodec } from "@musehub/domain/repository/codecs"
import { layer as snapshotReader, type SnapshotReader } from "@musehub/domain/reading/SnapshotReader"
import type { Repository, Visibility } from "@musehub/domain/repository/Root"
import { type Access, actingAs, type Principal } from "@musehub/domain/usecase/access/policy"
import { createRepository } from "@musehub/domain/usecase/repositories/createRepository"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { type KnownTokens, layer as knownTokens } from "@musehub/domain/usecase/people/KnownTokens"
import { type KnownSignIns, layer as knownSignIns } from "@musehub/domain/usecase/people/signIn/KnownSignIns"
import { planFetch } from "@musehub/domain/usecase/fetch/planFetch"
import { push } from "@musehub/domain/usecase/push/push"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Context, Effect, Layer, References, Result, Stream } from "effect"
import type { Store } from "../../support/interposedStore.ts"
import { fencedRootsOver, memoryIndex, memoryStore, packsOver } from "./rootSamples.ts"
import { entriesOf } from "../../support/shortRefs.ts"

export interface TestHub {
  readonly store: Store
  readonly index: WholeIndex
  readonly services: Context.Context<ObjectStore | Index | KnownSignIns | KnownTokens | Packs | Roots | SnapshotReader>
}

/** Starts a hub of its own, or another process over the given store and index. Like most hubs it makes no spans. */
export const startHub = Effect.fnUntraced(function* (
  shared: { readonly store?: Store; readonly index?: WholeIndex } = {}
) {
  const store = shared.store ?? (yield* memoryStore)
  const index = shared.index ?? (yield* memoryIndex)
  const storage = Context.merge(Context.make(ObjectStore, store), portsOf(index))
  const services = storage.pipe(
    Context.merge(
      yield* Layer.build(
        Layer.provide(Layer.fresh(Layer.merge(knownTokens, knownSignIns)), Layer.succeedContext(storage))
      )
    ),
    Context.merge(yield* fencedRootsOver(store, { index })),
    Context.merge(yield* Layer.build(Layer.fresh(snapshotReader))),
    Context.add(References.TracerEnabled, false)
  )
  const hub: TestHub = { store, index, services }
  return hub
})

/** Runs a use case at a hub. */
export const at =
  (hub: TestHub) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideContext(effect, hub.services)

/** An index whose calls of some names fail while `away` says so. A failed call has no effect. */
export const failingIndex = (index: WholeIndex, away: (operation: "record" | "read") => boolean): WholeIndex => {
  const guarded = <A, E>(operation: "record" | "read", effect: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      if (!away(operation)) return yield* effect
      return yield* new IndexUnavailable({
        operation,
        reason: new Fault({ cause: new Error("injected: the index is away") })
      })
    })
  return {
    ...index,
    record: (batch) => guarded("record", index.record(batch)),
    enlist: (root) => guarded("record", index.enlist(root)),
    repositories: (filter, page) => guarded("read", index.repositories(filter, page)),
    readableRepositories: (reader, filter, page) => guarded("read", index.readableRepositories(reader, filter, page)),
    repositoryByName: (owner, slug) => guarded("read", index.repositoryByName(owner, slug)),
    packs: (repository) => guarded("read", index.packs(repository)),
    known: (repository, ids) => guarded("read", index.known(repository, ids)),
    tokenByHash: (hash) => guarded("read", index.tokenByHash(hash)),
    countMarks: (mark) => guarded("read", index.countMarks(mark))
  }
}

export const person = (name: string, limits: Partial<Principal> = {}): Principal => ({
  ...actingAs(UserName.make(name)),
  ...limits
})

export const ada = person("ada")
export const bob = person("bob")

export const newRepository = (
  hub: TestHub,
  name = "engine",
  options: {
    readonly by?: Principal
    /** The owner; the caller unless given. */
    readonly owner?: Principal
    readonly visibility?: Visibility
    readonly initialize?: boolean
    readonly branch?: string
    readonly domain?: string
  } = {}
) => {
  const by = options.by ?? ada
  return at(hub)(
    createRepository(by, {
      owner: (options.owner ?? by).user,
      name: RepositoryName.make(name),
      visibility: options.visibility ?? "public",
      description: Description.make(""),
      domain: Domain.make(options.domain ?? "code"),
      defaultBranch: options.branch ?? "main",
      initialize: options.initialize ?? false
    })
  )
}

export const openedFor = <A extends Access>(
  hub: TestHub,
  { owner, slug }: Repository,
  by: Principal | null,
  access: A
) => at(hub)(openRepository(owner, slug, by, access))

/** The hub while its index is unavailable: repositories opened here are read from the store alone. */
export const withoutIndex = (hub: TestHub): TestHub => ({
  ...hub,
  services: Context.merge(hub.services, portsOf(failingIndex(hub.index, () => true)))
})

/** Opens a repository for writing. */
export const opened = (hub: TestHub, repository: Repository, by: Principal | null = ada) =>
  openedFor(hub, repository, by, "write")

/** A blob together with its bytes. */
export interface WholeBlob {
  readonly id: BlobId
  readonly size: number
  readonly content: Uint8Array
}

/** One commit with everything it needs. */
export interface Step {
  readonly commit: Commit
  readonly snapshot: Snapshot
  readonly blobs: ReadonlyArray<WholeBlob>
}

const blobOf = (content: Uint8Array): WholeBlob => ({
  id: BlobId.make(sha256(content)),
  size: content.byteLength,
  content
})

export const textBlob = (text: string): WholeBlob => blobOf(new TextEncoder().encode(text))

export const committedAt = "2026-11-22T15:08:10.707051+00:00"

/** Makes a commit of these files (path and content) on these parents. The message tells commits apart. */
export const step = (
  message: string,
  files: { readonly [path: string]: string | Uint8Array },
  parents: ReadonlyArray<Step> = [],
  fields: Partial<Omit<CommitRecord, "commit_id">> = {}
): Step => {
  const contents = Object.entries(files).map(
    ([path, content]) => [path, typeof content === "string" ? textBlob(content) : blobOf(content)] as const
  )
  const blobs = contents.map(([, blob]) => blob)
  const snapshot = makeSnapshot(new Map(contents.map(([path, { id }]) => [path, id])), committedAt)
  const commit = makeCommit({
    branch: "main",
    snapshot_id: snapshot.id,
    message,
    committed_at: committedAt,
    parent_commit_id: parents[0]?.commit.id ?? null,
    parent2_commit_id: parents[1]?.commit.id ?? null,
    author: "ada",
    ...fields
  })
  return { commit, snapshot, blobs }
}

export interface PushOptions {
  readonly by?: Principal
  readonly force?: boolean
  /** Blobs to send ahead; those of the steps unless given. */
  readonly blobs?: Step["blobs"]
  /** Snapshots to send along; those of the steps unless given. */
  readonly snapshots?: ReadonlyArray<Snapshot>
  /** Runs between opening the repository and the push itself. */
  readonly meanwhile?: Effect.Effect<unknown>
}

/** Pushes steps, oldest first, as a client does: blobs, then the bundle with the new head in front. */
export const pushSteps = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  branch: string,
  steps: ReadonlyArray<Step>,
  options: PushOptions = {}
) {
  const by = options.by ?? ada
  const open = yield* opened(hub, repository, by)
  const blobs = options.blobs ?? steps.flatMap((each) => each.blobs)
  const unique = [...new Map(blobs.map((blob) => [blob.id, blob])).values()]
  yield* at(hub)(
    uploadBlobs(open, (take) =>
      Effect.forEach(unique, ({ content, id, size }) => take({ id, size, content }), { discard: true })
    )
  )
  if (options.meanwhile !== undefined) yield* options.meanwhile
  return yield* at(hub)(
    push(open, {
      branch,
      force: options.force ?? false,
      commits: steps.map(({ commit }) => commit.record).toReversed(),
      snapshots: options.snapshots ?? steps.map(({ snapshot }) => snapshot)
    })
  )
})

export const headsOf = (hub: TestHub, repository: Repository, by: Principal | null = ada) =>
  Effect.map(openedFor(hub, repository, by, "read"), ({ root }) => Object.fromEntries(entriesOf(root.value.heads)))

/** Plans a fetch for a client with these commits, as sets that can be compared. */
export const planOf = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId> = [],
  by: Principal | null = ada
) {
  const open = yield* openedFor(hub, repository, by, "read")
  const plan = yield* at(hub)(admitted("plan", planFetch(open, want, have)))
  return {
    open,
    order: plan.commits,
    commits: plan.commits.map(({ id }) => id).toSorted(),
    snapshots: plan.snapshots.toSorted(),
    blobs: [...plan.blobs.keys()].toSorted(),
    sizes: plan.blobs
  }
})

/** Clones these commits, reads every object of the answer, and asserts that the clone is complete. */
export const clone = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  want: ReadonlyArray<CommitId>,
  by: Principal | null = ada
) {
  const plan = yield* planOf(hub, repository, want, [], by)
  const sent = { commits: new Set(plan.commits), snapshots: new Set(plan.snapshots), blobs: new Set(plan.blobs) }
  for (const id of plan.commits) {
    const { commit } = yield* at(hub)(readCommit(repository.id, id))
    for (const parent of commit.parents) assert.isTrue(sent.commits.has(parent), "every parent is in the clone")
    assert.isTrue(sent.snapshots.has(commit.snapshotId), "every snapshot is in the clone")
  }
  for (const id of plan.snapshots) {
    const { snapshot } = yield* at(hub)(readSnapshot(repository.id, id))
    for (const blob of snapshot.manifest.values()) assert.isTrue(sent.blobs.has(blob), "every blob is in the clone")
  }
  for (const id of plan.blobs) {
    const bytes = yield* at(hub)(readBlob(repository.id, id))
    assert.strictEqual(bytes.byteLength, plan.sizes.get(id))
  }
  return plan
})

const pagesOf = <A, E>(list: (page: PageRequest) => Effect.Effect<Page<A>, E>) =>
  Stream.runCollect(everyItem(100, list))

export const objectTypes: ReadonlyArray<ObjectType> = ["blob", "snapshot", "commit"]

/** Reads every row of a repository, by type. */
export const rowsOf = Effect.fnUntraced(function* (index: WholeIndex, repository: RepositoryId) {
  const [blob, snapshot, commit] = yield* Effect.forEach(objectTypes, (type) =>
    pagesOf((page) => index.rows(repository, type, page))
  )
  return { blob: blob ?? [], snapshot: snapshot ?? [], commit: commit ?? [] }
})

/** Reads the ids of every object of a repository that its root names, by type. Large blobs are those in the store. */
export const storedIds = Effect.fnUntraced(function* (store: Store, repository: RepositoryId) {
  const packs = yield* packsOver(store)
  const large = yield* pagesOf((page) => store.list(repository, "blob", page))
  const ids = { blob: large.map(({ id }) => id), snapshot: new Array<string>(), commit: new Array<string>() }
  for (const pack of yield* openedPacks(packs, store, repository)) {
    for (const { id, type } of pack.directory) ids[type].push(id)
  }
  return ids
})

/** Reads the stored bytes of an object as another process does. */
export const storedBytesOf = Effect.fnUntraced(function* (store: Store, repository: RepositoryId, name: ObjectName) {
  const packs = yield* packsOver(store)
  const [place] = yield* packs.find(repository, [name])
  if (place === undefined) return yield* store.get({ repository, type: "blob", id: BlobId.make(name.id) })
  return yield* Effect.flatMap(packs.read([place]), ([read]) => Effect.fromResult(expected(read, "the bytes")))
})

/** Deletes all packs and large blobs of a repository from the store. */
export const loseObjects = Effect.fnUntraced(function* (store: Store, repository: RepositoryId) {
  for (const type of ["pack", "blob"] as const) {
    for (const { id } of yield* pagesOf((page) => store.list(repository, type, page))) {
      yield* store.delete({ repository, type, id } as ImmutableKey)
    }
  }
})

/** Opens the packs that the stored root of a repository names. */
export const openedPacks = Effect.fnUntraced(function* (
  packs: Packs["Service"],
  store: Store,
  repository: RepositoryId
) {
  const read = yield* store.documents.read({ kind: "root", repository })
  assert(read._tag === "Found", "there is a root")
  const named = yield* packs.namedBy(Result.getOrThrow(rootCodec.decode(read.document.bytes)))
  return yield* Effect.forEach(named, (ref) => packs.open(repository, ref))
})

/**
 * Asserts that every row says where its bytes are stored and what they are, and that the bytes are canonical and give
 * their id.
 */
export const assertRowsTellTheTruth = Effect.fnUntraced(function* (
  hub: Pick<TestHub, "store" | "index">,
  repository: RepositoryId
) {
  const rows = yield* rowsOf(hub.index, repository)
  const packs = yield* packsOver(hub.store)
  const named = yield* openedPacks(packs, hub.store, repository)
  const check = Effect.fnUntraced(function* (type: ObjectType, row: ObjectRow) {
    const places = named.flatMap((pack) => {
      const object = pack.directory.find(type, row.id)
      return object === undefined ? [] : [{ pack, object }]
    })
    const place = places.find(({ object, pack }) => pack.uriOf(object) === row.storageUri)
    const large = { repository, type: "blob", id: BlobId.make(row.id) } as const
    const bytes =
      place === undefined
        ? yield* hub.store.get(large)
        : yield* Effect.flatMap(packs.read([place]), ([read]) => Effect.fromResult(expected(read, "the bytes")))
    if (place === undefined) assert.strictEqual(row.storageUri, (yield* hub.store.head(large)).storageUri)
    assert.strictEqual(row.sha256, sha256(bytes))
    assert.strictEqual(row.size, bytes.byteLength)
    if (type === "blob") assert.strictEqual(sha256(bytes), row.id)
    else {
      const id =
        type === "commit"
          ? Result.map(decodeCommit(bytes), (commit): string => commit.id)
          : Result.map(decodeSnapshot(bytes), (snapshot): string => snapshot.id)
      assert.deepStrictEqual(id, Result.succeed(row.id), "the stored bytes are canonical and give their id")
    }
  })
  for (const type of objectTypes) for (const row of rows[type]) yield* check(type, row)
  return rows
})

/** Asserts that no question about the repository shows anything of these steps. */
export const assertInvisible = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  steps: ReadonlyArray<Step>
) {
  const known = yield* hub.index.known(repository.id, {
    blobs: steps.flatMap((each) => each.blobs.map(({ id }) => id)),
    snapshots: steps.map(({ snapshot }) => snapshot.id),
    commits: steps.map(({ commit }) => commit.id)
  })
  assert.deepStrictEqual([...known.commits.keys()], [])
  assert.deepStrictEqual([...known.snapshots], [])
  assert.deepStrictEqual([...known.blobs], [])
  for (const { commit } of steps) {
    const failed = yield* Effect.flip(planOf(hub, repository, [commit.id]))
    assert.strictEqual(failed._tag, "WantUnknown")
  }
})
