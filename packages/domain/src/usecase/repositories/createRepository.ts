/**
 * Creates a repository. Its first commit (on request), its first root and its name are stored before the index is
 * written.
 */
import { Effect, Schema } from "effect"
import { nodeOf } from "../../history/CommitNode.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import { claimName } from "../../invariant/HubDocuments.ts"
import { putCommit, putSnapshot } from "../../invariant/ObjectWriter.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { Fence } from "../../invariant/Fence.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { makeCommit } from "../../object/Commit.ts"
import { RepositoryId } from "../../object/Id.ts"
import { makeSnapshot } from "../../object/Snapshot.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import {
  type BranchName,
  branchName,
  type Description,
  type Domain,
  type RepositoryName,
  slugOf,
  type UserName,
  type BranchNameRefused
} from "../../repository/Names.ts"
import { emptyRoot, type Root, type Visibility, type Repository } from "../../repository/Root.ts"
import type { RootExists, RootOutcomeUnknown } from "../../repository/rootErrors.ts"
import { Forbidden, type Principal } from "../access/policy.ts"
import { nowCommittedAt, nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"

/** The owner already has a repository of this name. */
export class RepositoryNameTaken extends Schema.TaggedError<RepositoryNameTaken>()("RepositoryNameTaken", {
  kind: errorKind("conflict"),
  owner: Schema.String,
  slug: Schema.String
}) {
  override get message() {
    return `there is already a repository ${this.owner}/${this.slug}`
  }
}

export interface NewRepository {
  readonly owner: UserName
  readonly name: RepositoryName
  readonly visibility: Visibility
  readonly description: Description
  readonly domain: Domain
  readonly defaultBranch: string
  /** Whether to create a first commit with an empty snapshot on the default branch. */
  readonly initialize: boolean
}

const initialMessage = "Initial commit"

/** Creates the first commit. It is content-addressed like any other, so clients can build on it. */
const initialCommit = Effect.fnUntraced(function* (repository: RepositoryId, branch: BranchName, author: UserName) {
  const committedAt = yield* nowCommittedAt
  const snapshot = yield* putSnapshot(repository, makeSnapshot(new Map(), committedAt))
  const commit = makeCommit({
    repo_id: repository,
    branch,
    snapshot_id: snapshot.id,
    message: initialMessage,
    committed_at: committedAt,
    author
  })
  const stored = yield* putCommit(repository, commit)
  yield* recordHistory(repository, {
    snapshots: [snapshot],
    commits: {
      stored: [stored],
      nodes: new Map([[stored.id, nodeOf(commit, new Map())]]),
      introduces: new Map([[stored.id, []]]),
      heads: new Set([stored.id])
    }
  })
  return stored.id
})

export type CreateRepositoryError =
  | Forbidden
  | RepositoryNameTaken
  | BranchNameRefused
  | ObjectRefused
  | ContentRefused
  | RootExists
  | RootOutcomeUnknown
  | ObjectReadError
  | IndexUnavailable

/**
 * Creates a repository owned by the caller; any other owner is refused with `Forbidden`. The claim of the name is the
 * commit point: a root without a name is invisible, and it is deleted if the claim is refused.
 */
export const createRepository = Effect.fn("createRepository")(function* (
  principal: Principal,
  wanted: NewRepository
): Effect.fn.Return<Repository, CreateRepositoryError, Fence | ObjectStore | RepositoryIndex | Roots | RowWriter> {
  if (wanted.owner !== principal.user) {
    return yield* new Forbidden({ reason: `${principal.user} cannot create repositories of ${wanted.owner}` })
  }
  if (principal.scope === "read" || principal.repository !== null) {
    return yield* new Forbidden({ reason: "this token cannot create repositories" })
  }
  const roots = yield* Roots
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const randomId = yield* RandomId
  const defaultBranch = yield* Effect.fromResult(branchName(wanted.defaultBranch))
  const id = RepositoryId.make(randomId())
  const slug = slugOf(wanted.name)
  const at = yield* nowIso
  const head = wanted.initialize ? yield* initialCommit(id, defaultBranch, principal.user) : undefined
  const first: Root = {
    repository: {
      id,
      owner: wanted.owner,
      name: wanted.name,
      slug,
      visibility: wanted.visibility,
      description: wanted.description,
      domain: wanted.domain,
      defaultBranch,
      createdAt: at
    },
    ...emptyRoot,
    heads: head === undefined ? [] : [[defaultBranch, head]],
    changes: [
      {
        action: "create",
        by: principal.user,
        at,
        moves: head === undefined ? [] : [{ ref: `refs/heads/${defaultBranch}`, from: null, to: head }]
      }
    ],
    nonce: randomId()
  }
  const root = yield* roots.create(first)
  yield* claimName(wanted.owner, slug, id).pipe(
    Effect.catchTag("DocumentConflict", () =>
      Effect.andThen(
        store.documents.delete({ kind: "root", repository: id }),
        Effect.fail(new RepositoryNameTaken({ owner: wanted.owner, slug }))
      )
    )
  )
  yield* (
    index
      .reflect(root, head === undefined ? [] : [head])
      // The repository exists. The next open brings the index up to date.
      .pipe(Effect.catch((error) => Effect.logWarning("the index does not know the new repository yet", error)))
  )
  return root.value.repository
})
