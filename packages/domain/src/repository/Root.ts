/**
 * The root: everything about a repository that can change, in one small document. It is replaced whole by
 * compare-and-set, so several refs move together and two writers cannot both win. Each root names the hash of the one
 * before it; the copies under `history/` are the reflog and the way back.
 */
import { Schema } from "effect"
import { CommitId, RepositoryId, Sha256 } from "../object/Id.ts"
import { BranchName, Domain, Slug, UserName } from "./Names.ts"

export const Visibility = Schema.Literals(["public", "private"])
export type Visibility = typeof Visibility.Type

/** The record of a repository: what it is, apart from its refs. */
export const Repository = Schema.Struct({
  id: RepositoryId,
  owner: UserName,
  /** Free text, 1 to 255 characters. */
  name: Schema.String,
  slug: Slug,
  visibility: Visibility,
  description: Schema.String,
  domain: Domain,
  defaultBranch: BranchName,
  /** ISO 8601, UTC. */
  createdAt: Schema.String
})
export type Repository = typeof Repository.Type

export const Role = Schema.Literals(["read", "write", "admin"])
export type Role = typeof Role.Type

/** One ref that moved. `from: null` is a creation, `to: null` a deletion. */
export const RefMove = Schema.Struct({
  ref: Schema.String,
  from: Schema.NullOr(CommitId),
  to: Schema.NullOr(CommitId)
})
export type RefMove = typeof RefMove.Type

/** Why a root came to be: the reflog entry that it carries. */
export const RootChange = Schema.Struct({
  /** `create`, `push`, `force-push` … */
  action: Schema.String,
  by: UserName,
  at: Schema.String,
  moves: Schema.Array(RefMove)
})
export type RootChange = typeof RootChange.Type

export const Root = Schema.Struct({
  repository: Repository,
  /** Branch heads, `refs/heads/` left out. Pairs in ascending order of name, since a name may be `__proto__`. */
  heads: Schema.Array(Schema.Tuple([BranchName, CommitId])),
  /** Who else may do what; the owner may do everything. Pairs in ascending order of name. */
  grants: Schema.Array(Schema.Tuple([UserName, Role])),
  /** 0 for the first root, then one more each time. */
  sequence: Schema.Int,
  /** Grows when garbage collection starts, so that pushes under way check again. */
  collectionEpoch: Schema.Int,
  /** SHA-256 of the canonical bytes of the root before; null for the first. */
  previous: Schema.NullOr(Sha256),
  /** What this root changed: several where pushes shared one write. */
  changes: Schema.Array(RootChange),
  /** Random; tells a writer whose answer was lost that this root is its own. */
  nonce: Schema.String
})
export type Root = typeof Root.Type

export const headOf = (root: Root, branch: string): CommitId | undefined =>
  root.heads.find(([name]) => name === branch)?.[1]
