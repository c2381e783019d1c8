/**
 * Reads the reflog of a branch, or of all, from the root and the copies of earlier roots. It needs no index and covers
 * deleted branches too. A renamed branch ends under its old name and begins under the new one.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { type Remaining, remainingRootsFrom, rootWithSequence } from "../../invariant/RootHistory.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { type BranchName, branchName, type UserName } from "../../repository/Names.ts"
import type { ProposalNumber } from "../../repository/Proposal.ts"
import type { Root, RootAction } from "../../repository/Root.ts"
import { branchOfRef, type BranchUnknown } from "../../repository/rule/branchRules.ts"
import { unknownBranch } from "../../invariant/refs/revisions.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** One move of a branch. */
export interface ReflogEntry {
  /** The sequence of the root that holds the move. Moves written together share one sequence. */
  readonly sequence: number
  readonly action: RootAction
  readonly by: UserName
  /** ISO 8601, UTC. */
  readonly at: string
  /** Null if the branch was created here. */
  readonly from: CommitId | null
  /** Null if the branch was deleted here. */
  readonly to: CommitId | null
  /** The merged proposal, if any. */
  readonly proposal: ProposalNumber | null
}

/**
 * There is no such branch, and the newest changes of the repository moved none of this name. A branch that was deleted
 * long ago is found by going on.
 */
export class ReflogUnfinished extends Schema.TaggedError<ReflogUnfinished>()("ReflogUnfinished", {
  kind: errorKind("not found"),
  branch: Schema.String,
  /** The cursor that goes on with older changes. */
  next: Schema.String
}) {
  static readonly details = ["next"] as const
  override get message() {
    return (
      `there is no branch ${JSON.stringify(this.branch)}, and the newest changes of the repository moved none of ` +
      `this name; if it was deleted long ago, cursor=${this.next} goes on with older changes`
    )
  }
}

/** The most roots that one page reads, each of them an object of the store, and the most bytes of them. */
const pageBounds = { rootsMax: 1001, bytesMax: 8 * 1024 * 1024 }

/** A move, and the branch that it moved. */
export interface BranchMove extends ReflogEntry {
  readonly branch: BranchName
}

/** Returns the moves of all branches in one root, newest first. */
const allMovesIn = (root: Root): ReadonlyArray<BranchMove> =>
  root.changes
    .flatMap(({ action, by, at, moves, proposal }) =>
      moves.flatMap(({ from, ref, to }) => {
        const branch = branchOfRef(ref)
        const move = { sequence: root.sequence, action, by, at, from, to, proposal: proposal ?? null }
        return branch === undefined ? [] : [{ ...move, branch }]
      })
    )
    .toReversed()

/** Returns the moves of a branch in one root, newest first. */
export const movesIn = (root: Root, name: BranchName): ReadonlyArray<ReflogEntry> =>
  allMovesIn(root).flatMap(({ branch, ...move }) => (branch === name ? [move] : []))

/** Where a page continues: in the root with `sequence`, after its first `seen` moves. */
interface Cursor {
  readonly sequence: number
  readonly seen: number
}

const cursorPattern = /^(\d{1,15})\.(\d{1,4})$/

const cursorText = ({ sequence, seen }: Cursor): string => `${sequence}.${seen}`

const readCursor = (text: string | undefined, newest: number) => {
  if (text === undefined) return Effect.succeed<Cursor>({ sequence: newest, seen: 0 })
  const [, sequence, seen] = cursorPattern.exec(text) ?? []
  return sequence === undefined || seen === undefined || Number(sequence) > newest
    ? Effect.fail(new CursorRefused({ reason: "must be the next cursor of an earlier page" }))
    : Effect.succeed<Cursor>({ sequence: Number(sequence), seen: Number(seen) })
}

/** Reads a page of the moves that `movesOf` finds in a root and its predecessors. Those in a lost copy are left out. */
const pageOfMoves = Effect.fnUntraced(function* <A>(
  root: Root,
  page: PageRequest,
  movesOf: (root: Root) => ReadonlyArray<A>
) {
  const cursor = yield* readCursor(page.after, root.sequence)
  const items: Array<A> = []
  let next: Cursor | undefined
  const take = ({ root: visited, sequence }: Remaining): boolean => {
    if (visited === undefined) {
      next = sequence === 0 ? undefined : { sequence: sequence - 1, seen: 0 }
      return true
    }
    const moves = movesOf(visited)
    const begin = visited.sequence === cursor.sequence ? cursor.seen : 0
    const taken = moves.slice(begin, begin + page.limit - items.length)
    items.push(...taken)
    const seen = Math.min(moves.length, begin + taken.length)
    next = visited.sequence === 0 && seen === moves.length ? undefined : { sequence: visited.sequence, seen }
    return items.length < page.limit
  }
  yield* remainingRootsFrom(yield* rootWithSequence(root, cursor.sequence), pageBounds).pipe(
    Stream.runForEachWhile((visited) => Effect.sync(() => take(visited)))
  )
  const moved: Page<A> = { items, next: Option.map(Option.fromUndefinedOr(next), cursorText) }
  return moved
})

export type ReadReflogError = BranchUnknown | ReflogUnfinished | CursorRefused | ObjectCorrupt | RefsError

/**
 * Lists the moves of a branch that exists or once did, newest first. A page reads a bounded number of roots and bytes,
 * so it may be short, or empty, before the end. The first page of a branch that does not exist fails as soon as it
 * found nothing within these bounds. The moves in a copy that is damaged or gone are left out.
 */
export const readReflog = Effect.fn("readReflog")(function* (
  open: OpenRepository,
  branch: string,
  page: PageRequest
): Effect.fn.Return<Page<ReflogEntry>, ReadReflogError, ObjectStore | Roots> {
  const root = open.root.value
  const name = yield* Effect.catch(Effect.fromResult(branchName(branch)), () => unknownBranch(root, branch))
  const moved = yield* pageOfMoves(root, page, (each) => movesIn(each, name))
  if (page.after === undefined && moved.items.length === 0 && (yield* headOf(root, name)) === undefined) {
    if (Option.isNone(moved.next)) return yield* unknownBranch(root, branch)
    return yield* new ReflogUnfinished({ branch: name, next: moved.next.value })
  }
  return moved
})

export type ReadReflogsError = CursorRefused | ObjectCorrupt | RefsError

/** Lists the moves of all branches, newest first, those of deleted ones too. A page is bounded like one of a reflog. */
export const readReflogs = Effect.fn("readReflogs")(function* (
  open: OpenRepository,
  page: PageRequest
): Effect.fn.Return<Page<BranchMove>, ReadReflogsError, ObjectStore | Roots> {
  return yield* pageOfMoves(open.root.value, page, allMovesIn)
})
