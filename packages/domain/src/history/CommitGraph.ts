/**
 * The part of the commit graph that was loaded so far. Nodes come from a source in batches. A source may also return
 * ancestors that were not asked for, so that walking a long history takes few round trips. Generations (one more than
 * the greatest parent's) order every walk.
 */
import { Effect } from "effect"
import { orDefault } from "../base/expected.ts"
import { sliceEntries } from "../base/Slices.ts"
import type { CommitId } from "../object/Id.ts"
import type { CommitNode, KnownNodes } from "./CommitNode.ts"

/** Loads the nodes of these ids and, at its choice, of nearby ancestors. Leaves out unknown ids. */
export interface CommitSource<E> {
  readonly load: (ids: ReadonlyArray<CommitId>) => Effect.Effect<Iterable<CommitNode>, E>
}

/** A source without nodes, for graphs that are complete from the start. */
export const emptySource: CommitSource<never> = { load: () => Effect.succeed([]) }

const noNodes: KnownNodes = new Map()

export class CommitGraph<E = never> {
  private readonly nodes = new Map<CommitId, CommitNode>()
  private readonly absent = new Set<CommitId>()
  private readonly source: CommitSource<E>
  private readonly given: KnownNodes

  /** Makes a graph from a source. It looks up `given` nodes where they are, since they may be very many. */
  constructor(source: CommitSource<E>, given: KnownNodes = noNodes) {
    this.source = source
    this.given = given
  }

  /** Drops a loaded node that a walk has passed. The graph then counts it as not loaded, unless it was given. */
  forget({ id }: Pick<CommitNode, "id">): void {
    this.nodes.delete(id)
  }

  /** Whether nothing that was asked for so far is unknown. */
  get isWhole(): boolean {
    return this.absent.size === 0
  }

  /** Returns the node if it is loaded. */
  node(id: CommitId): CommitNode | undefined {
    return this.nodes.get(id) ?? this.given.get(id)
  }

  /**
   * Returns the nodes of these ids and leaves out unknown ones. Calls the source once, for all that are not yet loaded.
   */
  resolve(ids: Iterable<CommitId>): Effect.Effect<ReadonlyArray<CommitNode>, E> {
    const wanted = [...ids]
    const missing = wanted.filter((id) => this.node(id) === undefined && !this.absent.has(id))
    const found = () => wanted.flatMap((id) => orDefault(this.node(id), []))
    if (missing.length === 0) return Effect.sync(found)
    return Effect.map(this.source.load(missing), (loaded) => {
      for (const node of loaded) this.nodes.set(node.id, node)
      for (const id of missing) if (this.node(id) === undefined) this.absent.add(id)
      return found()
    })
  }

  /** Resolves a list of any length in portions, and passes each node to `take`. The event loop turns in between. */
  each(ids: Iterable<CommitId>, take: (node: CommitNode) => void): Effect.Effect<void, E> {
    return Effect.suspend(() => {
      const all = [...ids]
      let at = 0
      return Effect.whileLoop({
        while: () => at < all.length,
        body: () => {
          const portion = this.resolve(all.slice(at, at + sliceEntries))
          return at === 0 ? portion : Effect.andThen(Effect.yieldNow, portion)
        },
        step: (nodes) => {
          for (const node of nodes) take(node)
          at += sliceEntries
        }
      })
    })
  }
}
