/** Creates a repository, with a first commit on request. */
import { Effect } from "effect"
import { nodeOf } from "../../history/CommitNode.ts"
import { putCommit, putSnapshot } from "../../invariant/ObjectWriter.ts"
import { recordHistory } from "../../invariant/recordHistory.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { makeCommit } from "../../object/Commit.ts"
import { RepositoryId } from "../../object/Id.ts"
import { makeSnapshot } from "../../object/Snapshot.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { RandomId } from "../../port/RandomId.ts"
import {
  type BranchName,
  newBranchName,
  type Description,
  type Domain,
  type RepositoryName,
  slugOf,
  type UserName,
  type BranchNameRefused
} from "../../repository/Names.ts"
import type { Repository, Visibility } from "../../repository/Root.ts"
import type { Principal } from "../access/policy.ts"
import { type QuotaExceeded, Quotas } from "../admission/Quotas.ts"
import { checkCreator, establish, type EstablishError } from "./establish.ts"
import { nowCommittedAt, nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"

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
  | BranchNameRefused
  | QuotaExceeded
  | ObjectRefused
  | ContentRefused
  | ObjectReadError
  | EstablishError
  | IndexUnavailable

/** Creates a repository owned by the caller; any other owner is refused with `Forbidden`. */
export const createRepository = Effect.fn("createRepository")(function* (
  principal: Principal,
  wanted: NewRepository
): Effect.fn.Return<Repository, CreateRepositoryError, ObjectStore | RepositoryIndex | Roots | RowWriter> {
  yield* checkCreator(principal, wanted.owner)
  yield* (yield* Quotas).checkRepositories(wanted.owner)
  const randomId = yield* RandomId
  const defaultBranch = yield* Effect.fromResult(newBranchName(wanted.defaultBranch))
  const id = RepositoryId.make(randomId())
  const head = wanted.initialize ? yield* initialCommit(id, defaultBranch, principal.user) : undefined
  const repository: Repository = {
    id,
    owner: wanted.owner,
    name: wanted.name,
    slug: slugOf(wanted.name),
    visibility: wanted.visibility,
    description: wanted.description,
    domain: wanted.domain,
    defaultBranch,
    archived: false,
    forkOf: null,
    createdAt: yield* nowIso
  }
  return yield* establish({
    repository,
    heads: head === undefined ? [] : [[defaultBranch, head]],
    action: "create",
    reachable: head === undefined ? [] : [head]
  })
})
