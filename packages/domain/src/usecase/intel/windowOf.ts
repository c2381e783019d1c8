/** Gathers the window of commits that intel is computed from. */
import { Effect } from "effect"
import { elementAt } from "../../base/expected.ts"
import { inSlices, sliceEntries, type Slices } from "../../base/Slices.ts"
import { cut } from "../../base/text/cut.ts"
import { type ObjectReadError, readCommits } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { Extractor } from "../../port/extractor/Extractor.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { LineIndex } from "../../port/index/derived/LineIndex.ts"
import type { SymbolIndex } from "../../port/index/derived/SymbolIndex.ts"
import { TouchIndex, type TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import type { Window, WindowCommit, WindowTouch } from "../../reading/intel/Window.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"
import type { Tree } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Needs } from "./kinds.ts"
import { rowsOfCommits } from "./rowsOfCommits.ts"
import { changesOf, countsOf, differingOf, filesOf, usesOf } from "./windowSymbols.ts"

/** Commits of a window. */
export const windowCommitsMax = 2000
/** A commit that touches more paths, such as an import, counts as if it touched none. */
export const commitPathsMax = 1000

/** Of the name of an author. */
const authorLengthMax = 200

/** The places in a history of the newest commits that another one does not have, and whether there are more. */
const findingPlaces = function* (
  lineage: Lineage,
  since: Lineage | undefined
): Slices<{ readonly places: ReadonlyArray<TouchPlace>; readonly isCut: boolean }> {
  const places: Array<TouchPlace> = []
  let steps = 0
  for (let at = lineage.size - 1; at >= 0; at--) {
    if (++steps % sliceEntries === 0) yield
    const place = { generation: lineage.generationAt(at), commit: lineage.idAt(at) }
    if (since?.placeOf(place) !== undefined) continue
    if (places.length === windowCommitsMax) return { places, isCut: true }
    places.push(place)
  }
  return { places, isCut: !lineage.isWhole }
}

/** Reads what commits touch, until that is too much. */
const touchesOf = (repository: RepositoryId, places: ReadonlyArray<TouchPlace>) =>
  Effect.flatMap(TouchIndex, ({ touchedBy }) =>
    rowsOfCommits(places, {
      commitRowsMax: commitPathsMax,
      read: (commits, limits) => touchedBy(repository, commits, limits),
      charactersOf: ({ path }) => path.length
    })
  )

const saidBy = ({ id, record }: Commit): WindowCommit => {
  const at = Date.parse(record.committed_at)
  return {
    id,
    author: cut(record.author.trim(), authorLengthMax),
    at: Number.isNaN(at) ? 0 : at,
    byAgent: record.agent_id !== "",
    semVer: record.sem_ver_bump,
    breaking: record.breaking_changes.length
  }
}

const listingPaths = function* (tree: Tree): Slices<ReadonlyArray<string>> {
  const paths: Array<string> = []
  while (paths.length < tree.size) {
    for (const { path } of tree.under("", { after: paths.at(-1), limit: sliceEntries }).items) paths.push(path)
    yield
  }
  return paths
}

/** Commits of which only the ids are known. */
const unread = (id: CommitId): WindowCommit => ({ id, author: "", at: 0, byAgent: false, semVer: "", breaking: 0 })

export interface GatheredWindow {
  readonly window: Window
  /** Whether there are more commits, or symbols. */
  readonly truncated: boolean
  /** Whether no row of what is derived is missing. */
  readonly isWhole: boolean
}

/** What a window is gathered from. */
export interface WindowSource {
  readonly lineage: Lineage
  readonly tree: Tree
  /** The commits that are left out. */
  readonly since: Lineage | undefined
  /** The tree of the newest of these; the empty one without them. */
  readonly before: Tree
  /** Undefined where nothing that is needed is of symbols. */
  readonly extractor: Extractor["Service"] | undefined
}

const unlimited = { isCut: false, isWhole: true }

const ofSymbols = Effect.fnUntraced(function* (
  { id }: OpenRepository,
  extractor: Extractor["Service"],
  { before, tree }: Pick<WindowSource, "before" | "tree">,
  needs: ReadonlyArray<Needs>
) {
  const { counts, ...counted } = needs.includes("counts")
    ? yield* countsOf(id, extractor, tree)
    : { counts: [], isWhole: true }
  const { files, ...read } = needs.includes("symbols")
    ? yield* filesOf(id, extractor, tree)
    : { ...unlimited, files: [] }
  const { uses, ...used } = needs.includes("uses") ? yield* usesOf(id, extractor, tree) : { ...unlimited, uses: [] }
  const { differing, ...compared } = needs.includes("differing")
    ? yield* differingOf(id, extractor, { before, after: tree })
    : { ...unlimited, differing: [] }
  return {
    counts,
    files,
    uses,
    differing,
    isCut: read.isCut || used.isCut || compared.isCut,
    isWhole: counted.isWhole && read.isWhole && used.isWhole && compared.isWhole
  }
})

/** Gathers what a kind needs of the window below a commit, without the ancestors of another one. */
export const windowOf = Effect.fn("windowOf")(function* (
  open: OpenRepository,
  source: WindowSource,
  needs: ReadonlyArray<Needs>
): Effect.fn.Return<
  GatheredWindow,
  IndexUnavailable | ObjectReadError,
  LineIndex | ObjectStore | Packs | SymbolIndex | TouchIndex
> {
  const { extractor, lineage, since, tree } = source
  const { isCut, places } = yield* inSlices(() => findingPlaces(lineage, since))
  const nothing = { rows: [], commits: places.length }
  const touched = needs.includes("touches") ? yield* touchesOf(open.id, places) : nothing
  const changed = needs.includes("changes") ? yield* changesOf(open.id, places) : nothing
  const commits = Math.min(touched.commits, changed.commits)
  const isIn = ({ place }: { readonly place: number }) => place < commits
  const [touches, changes] = [touched.rows.filter(isIn), changed.rows.filter(isIn)]
  const ids = places.slice(0, commits).map(({ commit }) => commit)
  const { linesOf } = yield* LineIndex
  const placed = ({ path, place }: WindowTouch) => ({ path, ...elementAt(places, place) })
  const symbols =
    extractor === undefined
      ? { ...unlimited, counts: [], files: [], uses: [], differing: [] }
      : yield* ofSymbols(open, extractor, source, needs)
  const window: Window = {
    commits: needs.includes("commits") ? yield* readCommits(open.id, ids, saidBy) : ids.map(unread),
    touches,
    lines: needs.includes("lines") ? yield* linesOf(open.id, touches.map(placed)) : [],
    paths: needs.includes("paths") ? yield* inSlices(() => listingPaths(tree)) : [],
    counts: symbols.counts,
    files: symbols.files,
    uses: symbols.uses,
    differing: symbols.differing,
    changes
  }
  const gathered: GatheredWindow = {
    window,
    truncated: isCut || symbols.isCut || commits < places.length,
    isWhole: symbols.isWhole
  }
  return gathered
})
