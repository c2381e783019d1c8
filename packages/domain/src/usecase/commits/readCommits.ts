/** Reads histories and commits of a repository. */
import type { Roots } from "../../invariant/Roots.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option } from "effect"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import { GenerationQueue } from "../../history/GenerationQueue.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { readCommit, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import { expected } from "../../base/expected.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { RefAmbiguous, RefUnknown } from "../../repository/refErrors.ts"
import { annotated } from "../annotations/annotate.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { remarksAbout } from "../annotations/readAnnotations.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

const noSuchPlace = new CursorRefused({ reason: "was not issued by this list" })

/**
 * A position in a history: the commits at which the walk goes on. If they are too many for a cursor, it holds those of
 * the page before, together with the last commit listed.
 */
interface Place {
  readonly start: ReadonlyArray<CommitId>
  readonly passed?: Pick<CommitNode, "generation" | "id"> | undefined
}

/** The maximum number of ids in a cursor, which travels in a URL. */
const startMax = 64

const cursorPattern = /^([0-9a-f]{64}(?:\.[0-9a-f]{64})*)(?:@(\d{1,10})\.([0-9a-f]{64}))?$/

const cursorOf = ({ start, passed }: Place): string =>
  start.join(".") + (passed === undefined ? "" : `@${passed.generation}.${passed.id}`)

const placeOf = (cursor: string): Place | undefined => {
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
const walk = Effect.fnUntraced(function* <E>(graph: CommitGraph<E>, place: Place, limit: number) {
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

/** Reads commits with their annotations. */
const readCommits = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<CommitId>) {
  const remarks = yield* remarksAbout(open, new Set(ids))
  return yield* Effect.forEach(
    ids,
    (id) =>
      Effect.map(readCommit(open.id, id), ({ commit }): Commit => ({
        ...commit,
        record: annotated(commit.record, remarks.get(id))
      })),
    { concurrency: storeConcurrency }
  )
})

/** Returns where the history begins. A new repository has a default branch without commits. */
const firstPlace = Effect.fnUntraced(function* (open: OpenRepository, from: string | undefined) {
  const head = yield* headOf(open.root.value, open.root.value.repository.defaultBranch)
  const start = from === undefined ? head : (yield* visibleCommit(open, yield* commitOfRef(open.root.value, from))).id
  const place: Place = { start: start === undefined ? [] : [start] }
  return place
})

/** Reads one page. */
const pageFrom = Effect.fnUntraced(function* (open: OpenRepository, place: Place, limit: number) {
  const { found, next } = yield* walk(yield* visibleGraph(open), place, limit)
  const page: Page<Commit> = {
    items: yield* readCommits(
      open,
      found.map(({ id }) => id)
    ),
    next: Option.map(next, cursorOf)
  }
  return page
})

export type ListCommitsError =
  | HubBusy
  | CommitUnknown
  | CursorRefused
  | RefAmbiguous
  | RefUnknown
  | ObjectReadError
  | RefsError
  | IndexUnavailable

/**
 * Lists the history of a ref (`from`, the default branch if it is absent), children before parents, by
 * generation. A cursor is of its repository and stays valid when the branch moves; with a cursor, `from` is ignored.
 */
export const listCommits = Effect.fn("listCommits")(function* (
  open: OpenRepository,
  { from }: { readonly from?: string | undefined },
  { after, limit }: PageRequest
): Effect.fn.Return<Page<Commit>, ListCommitsError, CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots> {
  const place = after === undefined ? yield* firstPlace(open, from) : placeOf(after)
  if (place === undefined) return yield* noSuchPlace
  return yield* admitted("list", pageFrom(open, place, limit))
})

export type ShowCommitError = HubBusy | CommitUnknown | ObjectReadError | RefsError | IndexUnavailable

/** Returns one commit with its annotations. */
export const showCommit = Effect.fn("showCommit")(function* (
  open: OpenRepository,
  id: string
): Effect.fn.Return<Commit, ShowCommitError, CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots> {
  const node = yield* visibleCommit(open, id)
  const [commit] = yield* readCommits(open, [node.id])
  return expected(commit, `commit ${node.id}, which was read`)
})

/** Returns the commit that a ref names, the newest one of the default branch if it is absent, with its annotations. */
export const commitAt = Effect.fn("commitAt")(function* (
  open: OpenRepository,
  ref: string | undefined
): Effect.fn.Return<
  Commit,
  RefAmbiguous | RefUnknown | ShowCommitError,
  CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots
> {
  const root = open.root.value
  return yield* showCommit(open, yield* commitOfRef(root, ref ?? root.repository.defaultBranch))
})
