/** Walks the local history, which has no index: commit files are read as needed, each once. */
import type { Commit } from "@musehub/domain/object/Commit"
import type { CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import type { LocalDamage } from "./errors.ts"
import type { FolderError } from "./layout/Files.ts"
import type { Repository } from "./layout/Repository.ts"

export interface Node {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  /**
   * The parents beyond the recorded ones of a commit made with three or more (docs/wire.md, section 1). A hub needs
   * them to verify the id; they may not be present locally.
   */
  readonly hashedParents: ReadonlyArray<CommitId>
  readonly snapshotId: SnapshotId
  readonly epochMillis: number
}

export const nodeOf = ({ id, parents, snapshotId, record }: Commit): Node => ({
  id,
  parents,
  hashedParents: (record.hashed_parent_ids ?? []).filter((parent) => !parents.includes(parent)),
  snapshotId,
  epochMillis: Date.parse(record.committed_at)
})

/** A priority queue of commits, the latest first. A binary heap. */
class ByTime {
  readonly #nodes: Array<Node> = []

  push(node: Node): void {
    const nodes = this.#nodes
    let at = nodes.push(node) - 1
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      if (!this.#isLater(at, above)) return
      this.#swap(at, above)
      at = above
    }
  }

  pop(): Node | undefined {
    const nodes = this.#nodes
    const [first] = nodes
    const last = nodes.pop()
    if (last === undefined || nodes.length === 0) return first
    nodes[0] = last
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const later = this.#isLater(left + 1, left) ? left + 1 : left
      if (!this.#isLater(later, at)) return first
      this.#swap(later, at)
      at = later
    }
  }

  #isLater(a: number, b: number): boolean {
    const first = this.#nodes[a]
    const second = this.#nodes[b]
    return first !== undefined && second !== undefined && first.epochMillis > second.epochMillis
  }

  #swap(a: number, b: number): void {
    const first = this.#nodes[a]
    const second = this.#nodes[b]
    if (first === undefined || second === undefined) return
    this.#nodes[a] = second
    this.#nodes[b] = first
  }
}

export class LocalHistory {
  readonly #repository: Repository
  readonly #nodes = new Map<CommitId, Node>()

  constructor(repository: Repository) {
    this.#repository = repository
  }

  /** Reads a commit; fails if it is missing. */
  node(id: CommitId): Effect.Effect<Node, FolderError | LocalDamage> {
    const known = this.#nodes.get(id)
    if (known !== undefined) return Effect.succeed(known)
    return Effect.map(this.#repository.commit(id), (commit) => {
      const node = nodeOf(commit)
      this.#nodes.set(id, node)
      return node
    })
  }

  /** Says whether `ancestor` is `descendant` or one of its ancestors. Reads the whole history if it is not. */
  readonly isAncestor = Effect.fnUntraced(function* (this: LocalHistory, ancestor: CommitId, descendant: CommitId) {
    const seen = new Set<CommitId>([descendant])
    const waiting = new ByTime()
    waiting.push(yield* this.node(descendant))
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.id === ancestor) return true
      for (const parent of node.parents) {
        if (seen.has(parent)) continue
        seen.add(parent)
        waiting.push(yield* this.node(parent))
      }
    }
    return false
  })

  /**
   * Lists `tip` and those of its ancestors that neither are in `had` nor are ancestors of those, parents before
   * children. Walks from the latest down and stops when only commits on the `had` side are left; wrong clocks can only
   * make it list more than needed.
   */
  readonly missing = Effect.fnUntraced(function* (this: LocalHistory, tip: CommitId, had: Iterable<CommitId>) {
    const isHad = new Map<CommitId, boolean>()
    const waiting = new ByTime()
    const wanted = new Set<CommitId>()
    /** The number of waiting commits that are wanted. */
    let open = 0
    const mark = Effect.fnUntraced(function* (this: LocalHistory, id: CommitId, nowHad: boolean) {
      const before = isHad.get(id)
      if (before === true || before === nowHad) return
      isHad.set(id, nowHad)
      if (before === undefined) {
        waiting.push(yield* this.node(id))
        if (!nowHad) open += 1
      } else if (wanted.delete(id)) {
        // It was marked as wanted before, and so were its parents.
        waiting.push(yield* this.node(id))
      } else open -= 1
    }).bind(this)
    for (const id of had) yield* mark(id, true)
    yield* mark(tip, false)
    while (open > 0) {
      const node = waiting.pop()
      if (node === undefined) break
      const nowHad = isHad.get(node.id) === true
      if (!nowHad) {
        wanted.add(node.id)
        open -= 1
      }
      for (const parent of node.parents) yield* mark(parent, nowHad)
      for (const parent of node.hashedParents) {
        if (yield* this.#repository.hasCommit(parent)) yield* mark(parent, nowHad)
      }
    }
    return yield* this.#ordered(tip, wanted)
  })

  /** Sorts parents before children. Iterative, since histories are long. */
  readonly #ordered = Effect.fnUntraced(function* (this: LocalHistory, tip: CommitId, among: ReadonlySet<CommitId>) {
    const ordered: Array<Node> = []
    const entered = new Set<CommitId>()
    const stack: Array<{ readonly id: CommitId; readonly leaving: boolean }> = [{ id: tip, leaving: false }]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { id, leaving } = top
      if (!among.has(id)) continue
      const node = yield* this.node(id)
      if (leaving) ordered.push(node)
      else if (!entered.has(id)) {
        entered.add(id)
        stack.push({ id, leaving: true })
        for (const parent of [...node.parents, ...node.hashedParents]) {
          if (!entered.has(parent)) stack.push({ id: parent, leaving: false })
        }
      }
    }
    return ordered as ReadonlyArray<Node>
  })
}
