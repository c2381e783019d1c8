/** The chunks of the lists of refs: reads those that roots name, and writes new ones before a root names them. */
import { Clock, Effect } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { ReadChunk, RefList } from "../../repository/refs/RefList.ts"
import type { RefKind, RefNode } from "../../repository/refs/RefNode.ts"
import { type NewChunk, settleRefs } from "../../repository/refs/settleRefs.ts"
import type { Root } from "../../repository/Root.ts"
import { RefsLost } from "../../repository/rootErrors.ts"
import { putEncoded, readRecord } from "../RepositoryDocuments.ts"

/** How reading refs can fail. */
export type RefsError = RefsLost | StoreUnavailable

/** Chunks in memory, of at most 16 KiB as stored; decoded they take about twice as many bytes. */
const keptMax = 1024

/** How long a chunk counts as there after it was put, and how many are remembered. */
const putMillis = 60_000
const putMax = 10_000

/** A root whose new chunks have hashes and are not stored yet. */
export interface SettledRefs {
  readonly root: Root
  /** Puts each chunk. The root may be written after all of them. */
  readonly puts: ReadonlyArray<Effect.Effect<void, StoreUnavailable>>
}

export class RefChunks {
  readonly #store: ObjectStore["Service"]
  readonly #kept = new SharedReads<string, RefNode<string, unknown>>(keptMax, () => 1)
  /** When chunks were put, by the epoch of garbage collection too: one that begins may delete what no root names. */
  readonly #put = new BoundedMap<string, number>()

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

  /** Puts a chunk, unless that was done ahead. */
  #putChunk<K extends string, V>(
    { collectionEpoch, repository: { id } }: Root,
    kind: RefKind<K, V>,
    sha256: Sha256,
    { bytes, node }: NewChunk<K, V>
  ) {
    return Effect.gen({ self: this }, function* () {
      const name = this.#nameOf(id, kind, sha256)
      const inEpoch = `${collectionEpoch}/${name}`
      const now = yield* Clock.currentTimeMillis
      const at = this.#put.get(inEpoch)
      if (at !== undefined && now < at + putMillis) return
      yield* Effect.provideService(putEncoded("refs", id, { bytes, sha256 }), ObjectStore, this.#store)
      this.#kept.set(name, node)
      this.#put.set(inEpoch, now)
      this.#put.trim({ sizeMax: putMax })
    })
  }

  /** Puts what is new in the lists of a root into chunks, and returns how to put them. */
  settled(root: Root): Effect.Effect<SettledRefs, RefsError> {
    const puts: Array<Effect.Effect<void, StoreUnavailable>> = []
    const settling = <K extends string, V>(list: RefList<K, V>) =>
      Effect.map(settleRefs(list, this.reading(root.repository.id, list.kind)), (settled) => {
        for (const [hash, chunk] of settled.chunks) puts.push(this.#putChunk(root, list.kind, hash, chunk))
        return settled.list
      })
    return Effect.gen(function* () {
      const lists = {
        heads: yield* settling(root.heads),
        tags: yield* settling(root.tags),
        releases: yield* settling(root.releases),
        aliases: yield* settling(root.aliases)
      }
      return { root: { ...root, ...lists }, puts }
    })
  }
}
