/** Creates a repository, with a first commit on request. */
import type { MoveServices } from "../write/moveRoot.ts"
import { Effect } from "effect"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { makeCommit } from "../../object/Commit.ts"
import { RepositoryId } from "../../object/Id.ts"
import { noFiles } from "../../object/Manifest.ts"
import { makeSnapshot } from "../../object/Snapshot.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
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
import { headsKind } from "../../repository/refs/kinds.ts"
import { RefList } from "../../repository/refs/RefList.ts"
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

/** Makes the first commit. It is content-addressed like any other, so clients can build on it. */
const initialCommit = Effect.fnUntraced(function* (packs: NewPacks, branch: BranchName, author: UserName) {
  const committedAt = yield* nowCommittedAt
  const snapshot = makeSnapshot(noFiles, committedAt)
  const commit = makeCommit({
    repo_id: packs.repository,
    branch,
    snapshot_id: snapshot.id,
    message: initialMessage,
    committed_at: committedAt,
    author
  })
  yield* packs.addSnapshot(snapshot)
  yield* packs.addCommit(commit)
  return commit.id
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
): Effect.fn.Return<Repository, CreateRepositoryError, MoveServices> {
  yield* checkCreator(principal, wanted.owner)
  yield* (yield* Quotas).checkRepositories(wanted.owner)
  const randomId = yield* RandomId
  const defaultBranch = yield* Effect.fromResult(newBranchName(wanted.defaultBranch))
  const id = RepositoryId.make(randomId())
  const packs = new NewPacks(id)
  const head = wanted.initialize ? yield* initialCommit(packs, defaultBranch, principal.user) : undefined
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
    heads: RefList.of(headsKind, head === undefined ? [] : [[defaultBranch, head]]),
    action: "create",
    packs: yield* packs.finish()
  })
})
