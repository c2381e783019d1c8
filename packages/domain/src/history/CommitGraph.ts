/**
 * The commit graph as far as it has been needed. Nodes come from a source in portions; a source may hand out
 * ancestors unasked, so that walking a long history takes few round trips. Generations (one more than the greatest
 * parent's) order every walk.
 */
import { Effect } from "effect"
import type { CommitId } from "../object/Id.ts"
import type { CommitNode } from "./CommitNode.ts"

/** Gives the nodes of these ids and, as it likes, of ancestors near them. Ids that it does not know are left out. */
export interface CommitSource<E> {
  readonly load: (ids: ReadonlyArray<CommitId>) => Effect.Effect<Iterable<CommitNode>, E>
}

/** A source that knows nothing: for graphs that are whole from the start. */
export const emptySource: CommitSource<never> = { load: () => Effect.succeed([]) }

export class CommitGraph<E = never> {
  private readonly nodes = new Map<CommitId, CommitNode>()
  private readonly absent = new Set<CommitId>()
  private readonly source: CommitSource<E>

  constructor(source: CommitSource<E>, nodes: Iterable<CommitNode> = []) {
    this.source = source
    this.add(nodes)
  }

  add(nodes: Iterable<CommitNode>): void {
    for (const node of nodes) this.nodes.set(node.id, node)
  }

  /** The node, if it was loaded. */
  node(id: CommitId): CommitNode | undefined {
    return this.nodes.get(id)
  }

  /** The nodes of these ids; unknown ones are left out. Asks the source once, for all that is not there yet. */
  resolve(ids: Iterable<CommitId>): Effect.Effect<ReadonlyArray<CommitNode>, E> {
    const wanted = [...ids]
    const missing = wanted.filter((id) => !this.nodes.has(id) && !this.absent.has(id))
    const found = () => wanted.flatMap((id) => this.nodes.get(id) ?? [])
    if (missing.length === 0) return Effect.sync(found)
    return Effect.map(this.source.load(missing), (loaded) => {
      this.add(loaded)
      for (const id of missing) if (!this.nodes.has(id)) this.absent.add(id)
      return found()
    })
  }
}
