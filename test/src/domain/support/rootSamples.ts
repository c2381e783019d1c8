/** Roots for tests: a first root, moves that can be told apart afterwards, and a reader of the whole hash chain. */
import { layer as fenceLayer } from "@musehub/domain/invariant/Fence"
import { layer as packsLayer, Packs } from "@musehub/domain/invariant/packs/Packs"
import { headOf, withHead } from "@musehub/domain/invariant/refs/heads"
import { type Decision, layer as rootsLayer, Roots } from "@musehub/domain/invariant/Roots"
import { sha256 } from "@musehub/domain/object/Digest"
import { type CommitId, CommitId as CommitIdSchema, RepositoryId } from "@musehub/domain/object/Id"
import { type WholeIndex, wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { BranchName, Domain, Slug, UserName } from "@musehub/domain/repository/Names"
import { rootCodec } from "@musehub/domain/repository/codecs"
import { emptyRoot, type Root, type RootChange } from "@musehub/domain/repository/Root"
import { layer as memoryIndexLayer } from "@musehub/adapter-memory/MemoryIndex"
import { layer as memoryStoreLayer } from "@musehub/adapter-memory/MemoryObjectStore"
import { assert } from "@effect/vitest"
import { Context, Data, Effect, Layer, Result, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import type { Store } from "../../support/interposedStore.ts"

export type RootsService = Roots["Service"]

export const newRepositoryId = (): RepositoryId => RepositoryId.make(randomUUID())

/** A commit id without a commit: roots do not look one up. */
export const someCommit = (text: string): CommitId => CommitIdSchema.make(sha256(text))

export const firstRoot = (id: RepositoryId, heads: Root["heads"] = emptyRoot.heads): Root => ({
  repository: {
    id,
    owner: UserName.make("ada"),
    name: "engine",
    slug: Slug.make("engine"),
    visibility: "public",
    description: "",
    domain: Domain.make("code"),
    defaultBranch: BranchName.make("main"),
    archived: false,
    forkOf: null,
    createdAt: "2026-11-22T15:08:10.000Z"
  },
  ...emptyRoot,
  heads,
  changes: [{ ...change("create"), action: "create" }],
  nonce: randomUUID()
})

/** A change that the ref it moved tells apart from others. */
export const change = (name: string): RootChange => ({
  action: "push",
  by: UserName.make("ada"),
  at: "2026-11-22T15:08:10.000Z",
  moves: [{ ref: name, from: null, to: null }]
})

/** The refusal of these tests' decisions: the head that it saw. */
export class Refused extends Data.TaggedError("Refused")<{ readonly saw: CommitId | undefined }> {}

/** Moves a branch from any head; `name` is what the chain is searched for later. */
export const setting =
  (branch: string, head: CommitId, name = `${branch} to ${head}`): Decision<never> =>
  (root) =>
    Effect.map(withHead(root, BranchName.make(branch), head), ({ heads }) => ({
      root: { heads },
      change: change(name)
    }))

/** Moves a branch from the head that the caller expects, and refuses otherwise. */
export const advancing =
  (branch: string, from: CommitId | undefined, to: CommitId, name = `${branch} to ${to}`): Decision<Refused> =>
  (root) =>
    Effect.gen(function* () {
      const saw = yield* headOf(root, branch)
      return saw === from ? yield* setting(branch, to, name)(root) : yield* new Refused({ saw })
    })

export const memoryStore: Effect.Effect<Store, never, Scope.Scope> = Effect.map(
  Layer.build(Layer.fresh(memoryStoreLayer())),
  (context) => Context.get(context, ObjectStore)
)

export const memoryIndex: Effect.Effect<WholeIndex, never, Scope.Scope> = Effect.map(
  Layer.build(Layer.fresh(memoryIndexLayer)),
  (context) => wholeIndexOf(context)
)

/** Opens roots with a cache and a queue of their own, as another process has them, and their fence. */
export const fencedRootsOver = Effect.fnUntraced(function* (
  store: Store,
  options: { readonly fence?: "store" | "database"; readonly index?: WholeIndex } = {}
) {
  const index = options.index ?? (yield* memoryIndex)
  const layer = packsLayer.pipe(
    Layer.provideMerge(rootsLayer),
    Layer.provideMerge(fenceLayer(options.fence ?? "store")),
    Layer.provide(Layer.merge(Layer.succeed(ObjectStore, store), Layer.succeedContext(portsOf(index))))
  )
  return yield* Layer.build(Layer.fresh(layer))
})

/** Opens the packs of a store as another process does, with caches of its own. */
export const packsOver = (store: Store) =>
  Effect.map(fencedRootsOver(store), (services) => Context.get(services, Packs))

/** Opens only those roots. */
export const rootsOver = (...given: Parameters<typeof fencedRootsOver>) =>
  Effect.map(fencedRootsOver(...given), (services) => Context.get(services, Roots))

const storedRoot = (bytes: Uint8Array): Root => Result.getOrThrow(rootCodec.decode(bytes))

/**
 * Reads every root, first to last, from the store alone, and asserts that each copy is under its sequence and hashes to
 * what its successor names, so the copies are byte for byte what was current.
 */
export const chainOf = Effect.fnUntraced(function* (store: Store, repository: RepositoryId) {
  const current = yield* store.documents.read({ kind: "root", repository })
  assert(current._tag === "Found", "there is a root")
  const chain = [storedRoot(current.document.bytes)]
  for (let [last] = chain; last !== undefined && last.sequence > 0; last = chain[0]) {
    const sequence = last.sequence - 1
    const copy = yield* store.documents.read({ kind: "history", repository, sequence })
    assert(copy._tag === "Found", `root ${sequence} is under history/`)
    assert.strictEqual(sha256(copy.document.bytes), last.previous, `the copy of root ${sequence} is what was current`)
    const root = storedRoot(copy.document.bytes)
    assert.strictEqual(root.sequence, sequence)
    chain.unshift(root)
  }
  assert.isNull(chain[0]?.previous)
  return chain
})

/** Lists the names of the changes, in order. */
export const changesOf = (chain: ReadonlyArray<Root>): ReadonlyArray<string> =>
  chain.flatMap((root) => root.changes.flatMap(({ moves }) => moves.map(({ ref }) => ref)))
