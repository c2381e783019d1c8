/** The chunks of the lists of refs: reads those that roots name, and writes new ones before a root names them. */
import { Effect } from "effect"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ReadChunk, RefList } from "../../repository/refs/RefList.ts"
import type { RefKind, RefNode } from "../../repository/refs/RefNode.ts"
import { settleRefs } from "../../repository/refs/settleRefs.ts"
import type { Root } from "../../repository/Root.ts"
import { RefsLost } from "../../repository/rootErrors.ts"
import { putEncoded, readRecord } from "../RepositoryDocuments.ts"

/** How reading refs can fail. */
export type RefsError = RefsLost | StoreUnavailable

/** Chunks in memory, of at most 16 KiB as stored; decoded they take about twice as many bytes. */
const keptMax = 1024

export class RefChunks {
  readonly #store: ObjectStore["Service"]
  readonly #kept = new SharedReads<string, RefNode<string, unknown>>(keptMax, () => 1)

  constructor(store: ObjectStore["Service"]) {
    this.#store = store
  }

  #nameOf(repository: RepositoryId, { name }: { readonly name: string }, sha256: Sha256): string {
    return `${repository}/${name}/${sha256}`
  }

  /** Returns how to read the chunks of a kind of list. */
  reading<K extends string, V>(repository: RepositoryId, kind: RefKind<K, V>): ReadChunk<K, V, RefsError, never> {
    return ({ sha256 }) => {
      const name = this.#nameOf(repository, kind, sha256)
      const kept = this.#kept.get(name)
      if (kept !== undefined) return Effect.succeed(kept as RefNode<K, V>)
      const read = readRecord("refs", kind.codec)(repository, sha256).pipe(
        Effect.provideService(ObjectStore, this.#store),
        Effect.catchTag("ObjectCorrupt", ({ reason }) =>
          Effect.fail(new RefsLost({ repository, what: kind.name, chunk: sha256, reason }))
        )
      )
      return Effect.map(this.#kept.getOrRead(name, read), (node) => node as RefNode<K, V>)
    }
  }

  /** Writes what is new in a list and returns it without edits. */
  #written<K extends string, V>(repository: RepositoryId, list: RefList<K, V>) {
    return Effect.gen({ self: this }, function* () {
      const settled = yield* settleRefs(list, this.reading(repository, list.kind))
      yield* Effect.forEach(
        settled.chunks,
        ([hash, { bytes, node }]) =>
          Effect.andThen(
            Effect.provideService(putEncoded("refs", repository, { bytes, sha256: hash }), ObjectStore, this.#store),
            Effect.sync(() => this.#kept.set(this.#nameOf(repository, list.kind, hash), node))
          ),
        { concurrency: storeConcurrency, discard: true }
      )
      return settled.list
    })
  }

  /** Writes the chunks that a root is about to name, and returns the root that names them. */
  settled(root: Root): Effect.Effect<Root, RefsError> {
    if (root.heads.edits.size + root.tags.edits.size + root.releases.edits.size === 0) return Effect.succeed(root)
    const { id } = root.repository
    return Effect.gen({ self: this }, function* () {
      return {
        ...root,
        heads: yield* this.#written(id, root.heads),
        tags: yield* this.#written(id, root.tags),
        releases: yield* this.#written(id, root.releases)
      }
    })
  }
}
