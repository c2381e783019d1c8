/**
 * Commits file changes without a clone: blobs, snapshot, commit and the move of the branch in one step. Without an
 * expected head, the changes are applied again to the new head if the branch moved meanwhile.
 */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { inSlices } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { warningsOf } from "../../invariant/refs/branchWarnings.ts"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf, withHead } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { RootContended } from "../../repository/rootErrors.ts"
import { blobApart } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { makeCommit } from "../../object/Commit.ts"
import type { CommitId, SnapshotId } from "../../object/Id.ts"
import { noFiles } from "../../object/Manifest.ts"
import { makingSnapshot } from "../../object/Snapshot.ts"
import { type BranchName, branchName, type BranchNameRefused, type UserName } from "../../repository/Names.ts"
import { findingPathWarnings, type NameWarning } from "../../repository/NameWarning.ts"
import type { Root } from "../../repository/Root.ts"
import { boundedText } from "../../repository/boundedText.ts"
import {
  BranchExists,
  branchRef,
  type BranchUnknown,
  checkDirectChange,
  checkLease,
  HeadMoved,
  type BranchClash,
  type BranchProtected
} from "../../repository/rule/branchRules.ts"
import { unknownBranch } from "../../invariant/refs/revisions.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { applyingChanges, ChangesRefused, checkingChanges, type FileChange } from "./fileChanges.ts"
import { manifestOf } from "../manifests/introductions.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowCommittedAt, nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import type { OpenRepository, OpenError } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"
import { retryReopened } from "../access/retryReopened.ts"
import { resolveRevision, visibleCommit } from "../graph/resolveRevision.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { storeHistory } from "../write/storeHistory.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ProposalIndex } from "../../port/index/ProposalIndex.ts"

export interface CommitFiles {
  readonly branch: string
  /** The expected head, null if the branch must not exist; undefined accepts any head. */
  readonly expect?: CommitId | null | undefined
  /**
   * The branch or commit at which a new branch begins. Without it, a new branch is allowed only in an empty repository.
   */
  readonly from?: string | undefined
  readonly message: string
  /** The author of the commit; the caller by default. */
  readonly author?: string | undefined
  readonly changes: ReadonlyArray<FileChange>
  readonly metadata?: { readonly [name: string]: string } | undefined
}

export interface CommittedFiles {
  readonly commitId: CommitId
  readonly snapshotId: SnapshotId
  readonly branch: BranchName
  /** Null for the first commit of a repository. */
  readonly parent: CommitId | null
  /** About the branch and the paths of the commit. */
  readonly warnings: ReadonlyArray<NameWarning>
}

/** The changes would change no file. */
export class NothingToCommit extends Schema.TaggedError<NothingToCommit>()("NothingToCommit", {
  kind: errorKind("refused"),
  branch: Schema.String
}) {
  override get message() {
    return `there is nothing to commit to ${JSON.stringify(this.branch)}: no file would change`
  }
}

const messageLengthMax = 65_536
const authorLengthMax = 255
const metadataEntriesMax = 64
const metadataKeyLengthMax = 255
const metadataValueLengthMax = 1024

const isMessage = Schema.is(boundedText(messageLengthMax))
const isAuthor = Schema.is(boundedText(authorLengthMax))
const isMetadataKey = Schema.is(boundedText(metadataKeyLengthMax, 1))
const isMetadataValue = Schema.is(boundedText(metadataValueLengthMax))

/** Returns why a commit's texts are refused, or undefined. */
const textRefusal = ({ author = "", message, metadata = {} }: CommitFiles): string | undefined => {
  if (!isMessage(message)) return `its message is not Unicode text of at most ${messageLengthMax} characters`
  if (!isAuthor(author)) return `its author is not Unicode text of at most ${authorLengthMax} characters`
  const entries = Object.entries(metadata)
  if (entries.length > metadataEntriesMax) return `it has more than ${metadataEntriesMax} entries of metadata`
  return entries.every(([key, value]) => isMetadataKey(key) && isMetadataValue(value))
    ? undefined
    : `its metadata has a key of more than ${metadataKeyLengthMax} characters or a value of more than ` +
        `${metadataValueLengthMax}, or one that is not Unicode text`
}

/** File contents by path. */
type Contents = ReadonlyMap<string, CanonicalObject<"blob">>

const blobsOf = Effect.fnUntraced(function* (contents: ReadonlyMap<string, Uint8Array>) {
  const blobs = new Map<string, CanonicalObject<"blob">>()
  for (const [path, content] of contents) blobs.set(path, yield* blobApart(content))
  return blobs
})

/**
 * Returns the head that a commit would build on, null for a new branch. Runs before the work and again when the root
 * moves.
 */
const checkBranch = Effect.fnUntraced(function* (
  root: Root,
  branch: BranchName,
  { expect, from }: CommitFiles,
  by: UserName
) {
  const head = yield* headOf(root, branch)
  yield* checkLease(branch, head, expect)
  if (head === undefined) {
    if (from === undefined && root.heads.count > 0) return yield* unknownBranch(root, branch)
    yield* checkNewBranch(root, branch, by)
    return null
  }
  if (from !== undefined) return yield* new BranchExists({ branch })
  yield* checkDirectChange(root, branch)
  return head
})

const withTree = Effect.fnUntraced(function* (open: OpenRepository<"write">, { id, snapshotId }: CommitNode) {
  return { id, snapshotId, manifest: yield* manifestOf(open, snapshotId) }
})

/** Returns the parent of the new commit with its tree. */
const parentOf = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  head: CommitId | null,
  from: string | undefined
) {
  if (head !== null) return yield* withTree(open, yield* visibleCommit(open, head))
  if (from !== undefined) return yield* withTree(open, yield* resolveRevision(open, from))
  return { id: null, snapshotId: null, manifest: noFiles }
})

/** Moves the branch if its head is still the one that the commit was built on. */
const moveBranch = (
  branch: BranchName,
  request: CommitFiles,
  built: { readonly head: CommitId | null; readonly commit: CommitId },
  by: UserName
): Decision<Effect.Error<ReturnType<typeof checkBranch>>> =>
  Effect.fnUntraced(function* (root) {
    const head = yield* checkBranch(root, branch, request, by)
    if (head !== built.head) return yield* new HeadMoved({ branch, expected: built.head, actual: head })
    return {
      root: yield* withHead(root, branch, built.commit),
      change: {
        action: "commit-files",
        by,
        at: yield* nowIso,
        moves: [{ ref: branchRef(branch), from: head, to: built.commit }]
      }
    }
  })

/** Attempts the commit once, on the present head. Fails with `HeadMoved` if the branch moves meanwhile. */
const attempt = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  branch: BranchName,
  request: CommitFiles,
  contents: Contents
) {
  const { user } = open.principal
  const head = yield* checkBranch(open.root.value, branch, request, user)
  const parent = yield* parentOf(open, head, request.from)
  const applied = yield* inSlices(() => applyingChanges(parent.manifest, request.changes, contents))
  const manifest = yield* Effect.fromResult(applied)
  const committedAt = yield* nowCommittedAt
  const snapshot = yield* inSlices(() => makingSnapshot(manifest, committedAt))
  if (snapshot.id === parent.snapshotId) return yield* new NothingToCommit({ branch })
  const commit = makeCommit({
    repo_id: open.id,
    branch,
    snapshot_id: snapshot.id,
    message: request.message,
    committed_at: committedAt,
    parent_commit_id: parent.id,
    author: request.author ?? user,
    metadata: request.metadata ?? {}
  })
  const history = { blobs: [...contents.values()], snapshots: [snapshot], commits: [commit] }
  const packs = yield* storeHistory(open, history, { branch, head: commit.id })
  const moved = yield* moveRoot(open, moveBranch(branch, request, { head, commit: commit.id }, user), packs)
  const answer: CommittedFiles = {
    commitId: commit.id,
    snapshotId: snapshot.id,
    branch,
    parent: parent.id,
    warnings: [...(yield* warningsOf(moved.value, branch)), ...(yield* inSlices(() => findingPathWarnings(manifest)))]
  }
  return answer
})

/** The maximum number of attempts before the commit fails as contended. */
const attemptsMax = 5

export type CommitFilesError =
  | HubBusy
  | ChangesRefused
  | NothingToCommit
  | HeadMoved
  | BranchUnknown
  | BranchExists
  | BranchProtected
  | BranchClash
  | BranchNameRefused
  | CommitUnknown
  | PackLost
  | RepositoryFull
  | QuotaExceeded
  | ObjectRefused
  | ContentRefused
  | OpenError
  | MoveError

/**
 * Commits changes to a branch. A missing branch is created at `from`, or with the first commit of an empty repository;
 * with `from`, the branch must be new. Tries again while concurrent writes move the branch, a bounded number of times.
 */
export const commitFiles = Effect.fn("commitFiles")(function* (
  opened: OpenRepository<"write">,
  request: CommitFiles
): Effect.fn.Return<CommittedFiles, CommitFilesError, CommitIndex | ProposalIndex | MoveServices> {
  const branch = yield* Effect.fromResult(branchName(request.branch))
  const reason = textRefusal(request)
  if (reason !== undefined) return yield* new ChangesRefused({ path: null, reason })
  if (request.changes.length === 0) return yield* new NothingToCommit({ branch })
  const checked = yield* inSlices(() => checkingChanges(request.changes))
  const contents = yield* blobsOf(yield* Effect.fromResult(checked))
  const mayFollow = ({ _tag }: { readonly _tag: string }) => _tag === "HeadMoved" && request.expect === undefined
  return yield* retryReopened(opened, {
    access: "write",
    run: (open) => attempt(open, branch, request, contents),
    while: mayFollow,
    attemptsMax
  }).pipe(Effect.catchIf(mayFollow, () => new RootContended({ repository: opened.id, attempts: attemptsMax })))
})
