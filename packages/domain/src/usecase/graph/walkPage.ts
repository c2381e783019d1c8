/** Walks a history in pages, children before parents, by generation. */
import { Effect, Option } from "effect"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { GenerationQueue } from "../../history/GenerationQueue.ts"
import type { CommitId } from "../../object/Id.ts"
import { CursorRefused } from "../../port/Page.ts"

/** The refusal of a cursor that is of no such walk. */
export const noSuchPlace = new CursorRefused({ reason: "was not issued by this list" })

/**
 * A position in a history: the commits at which the walk goes on. If they are too many for a cursor, it holds those of
 * the page before, together with the last commit listed.
 */
export interface Place {
  readonly start: ReadonlyArray<CommitId>
  readonly passed?: Pick<CommitNode, "generation" | "id"> | undefined
}

/** The maximum number of ids in a cursor, which travels in a URL. */
const startMax = 64

const cursorPattern = /^([0-9a-f]{64}(?:\.[0-9a-f]{64})*)(?:@(\d{1,10})\.([0-9a-f]{64}))?$/

/** Returns the cursor of a position. */
export const cursorOf = ({ start, passed }: Place): string =>
  start.join(".") + (passed === undefined ? "" : `@${passed.generation}.${passed.id}`)

/** Returns the position of a cursor; undefined if it is none. */
export const placeOf = (cursor: string): Place | undefined => {
  const [, start = "", generation, id] = cursorPattern.exec(cursor) ?? []
  const ids = start.split(".") as ReadonlyArray<string> as ReadonlyArray<CommitId>
  if (start === "" || ids.length > startMax) return undefined
  return id === undefined
    ? { start: ids }
    : { start: ids, passed: { generation: Number(generation), id: id as CommitId } }
}

/** Orders by descending generation, so children come before parents, then by id. */
const inOrder = (a: Pick<CommitNode, "generation" | "id">, b: Pick<CommitNode, "generation" | "id">): number =>
  b.generation - a.generation || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/**
 * Walks one page, a generation at a time. All descendants of a commit have a greater generation, so the commits waiting
 * when the page is full determine the next page.
 */
export const walkPage = Effect.fnUntraced(function* <E>(graph: CommitGraph<E>, place: Place, limit: number) {
  const seen = new Set(place.start)
  const waiting = new GenerationQueue<CommitNode>()
  const found: Array<CommitNode> = []
  const starting = yield* graph.resolve(place.start)
  if (starting.length < seen.size) return yield* noSuchPlace
  for (const node of starting) waiting.add(node.generation, node)
  for (let next = waiting.next(); next !== undefined; next = waiting.next()) {
    const peers = next.items.toSorted(inOrder)
    const { passed } = place
    const ahead = passed === undefined ? peers : peers.filter((node) => inOrder(passed, node) < 0)
    const taken = ahead.slice(0, limit - found.length)
    const rest = ahead.slice(taken.length)
    found.push(...taken)
    const left = new Set(rest)
    const parents = new Set(
      peers.filter((node) => !left.has(node)).flatMap((node) => node.parents.filter((id) => !seen.has(id)))
    )
    for (const id of parents) seen.add(id)
    if (rest.length > 0) {
      const start = [...[...rest, ...waiting.rest()].map(({ id }) => id), ...parents]
      const onward: Place = start.length <= startMax ? { start } : { start: place.start, passed: found.at(-1) }
      return { found, next: Option.some(onward) }
    }
    for (const parent of yield* graph.resolve(parents)) waiting.add(parent.generation, parent)
  }
  return { found, next: Option.none<Place>() }
})
