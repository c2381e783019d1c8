/**
 * The root: everything about a repository that can change, in one small document. It is replaced whole by
 * compare-and-set, so several refs move together and only one of two racing writers wins. Each root names the hash of
 * its predecessor. The copies under `history/` are the reflog and make restoring possible.
 */
import { Effect, Schema } from "effect"
import { CommitId, RepositoryId, Sha256 } from "../object/Id.ts"
import { BranchName, Domain, type FullName, Slug, UserName } from "./Names.ts"
import { PackRef } from "./PackRef.ts"
import { ProposalNumber } from "./Proposal.ts"
import { aliasesKind, headsKind, releasesKind, tagsKind } from "./refs/kinds.ts"
import { RefList, refListOf } from "./refs/RefList.ts"

export const Visibility = Schema.Literals(["public", "private"])
export type Visibility = typeof Visibility.Type

/** A repository's description, without its refs. */
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
  /** An archived repository can be read and does not change. */
  archived: Schema.Boolean,
  /** The repository that this one was copied from; `private` says that it was private then. */
  forkOf: Schema.NullOr(Schema.Struct({ repository: RepositoryId, private: Schema.Boolean })),
  /** ISO 8601, UTC. */
  createdAt: Schema.String
})
export type Repository = typeof Repository.Type

export const Role = Schema.Literals(["read", "write", "admin"])
export type Role = typeof Role.Type

/** The mark of a deleted repository. As long as its bytes are kept, the deletion can be undone. */
export const Deletion = Schema.Struct({
  /** By the store's clock: ISO 8601, UTC. */
  at: Schema.String,
  by: UserName,
  /** Whether a collection is deleting the bytes, or has deleted them: this mark is all that stays then. */
  bytes: Schema.Literals(["kept", "going", "gone"])
})
export type Deletion = typeof Deletion.Type

/** One ref that moved. `from: null` is a creation, `to: null` a deletion. */
export const RefMove = Schema.Struct({
  ref: Schema.String,
  from: Schema.NullOr(CommitId),
  to: Schema.NullOr(CommitId)
})
export type RefMove = typeof RefMove.Type

/** The actions that change a root. The reflog shows those that move branches. */
export const RootAction = Schema.Literals([
  "create",
  "adopt",
  "push",
  "force-push",
  "commit-files",
  "create-branch",
  "rename-branch",
  "delete-branch",
  "restore-branch",
  "protect-branch",
  "merge-proposal",
  "open-proposal",
  "close-proposal",
  "reopen-proposal",
  "store-tags",
  "delete-tag",
  "publish-release",
  "delete-release",
  "change-settings",
  "change-collaborators",
  "fork",
  "rename",
  "abandon-rename",
  "offer-transfer",
  "transfer",
  "archive",
  "unarchive",
  "delete",
  "undelete",
  "erase"
])
export type RootAction = typeof RootAction.Type

/** The reflog entry of a root: which action made it. */
export const RootChange = Schema.Struct({
  action: RootAction,
  by: UserName,
  at: Schema.String,
  moves: Schema.Array(RefMove),
  /** The proposal that the change is about. */
  proposal: Schema.optionalKey(ProposalNumber),
  /** Open proposals that the moves merged and so closed, beside the one that the change is about. */
  merged: Schema.optionalKey(Schema.Array(ProposalNumber))
})
export type RootChange = typeof RootChange.Type

/** The rules of a protected branch. It is never forced, restored or deleted. */
export const Protection = Schema.Struct({
  /** Approvals of a proposal's present head that a merge needs. One or more also forbids direct pushes. */
  approvals: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 })),
  /** Whether the author of a proposal may approve it. */
  selfApproval: Schema.Boolean
})
export type Protection = typeof Protection.Type

/** A proposal that waits to be merged. Its discussion is stored in its own document. */
export const OpenProposal = Schema.Struct({ number: ProposalNumber, from: BranchName, to: BranchName })
export type OpenProposal = typeof OpenProposal.Type

/** Gives a member's value in roots that were written before the member existed. */
const added = <S extends Schema.Top & Schema.WithoutConstructorDefault>(schema: S, absent: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(absent)))

/** The mark of a garbage collection that is at work, or was stopped. */
export const Condemnation = Schema.Struct({
  /** The record that lists what is condemned. */
  list: Sha256,
  /** The plan that is carried out. */
  plan: Schema.String,
  /** Random: tells runs of one plan apart. */
  run: Schema.String,
  /** By the store's clock: ISO 8601, UTC. */
  at: Schema.String
})
export type Condemnation = typeof Condemnation.Type

export const Root = Schema.Struct({
  repository: Repository,
  heads: refListOf(headsKind),
  /** The roles of other users; the owner may do everything. Pairs in ascending order of name. */
  grants: Schema.Array(Schema.Tuple([UserName, Role])),
  /** Pairs in ascending order of name. A rule may exist before its branch. */
  protection: added(Schema.Array(Schema.Tuple([BranchName, Protection])), []),
  /** `last` is the greatest number used so far; `open` is in ascending order of number. */
  proposals: added(Schema.Struct({ last: Schema.Int, open: Schema.Array(OpenProposal) }), { last: 0, open: [] }),
  tags: refListOf(tagsKind),
  releases: refListOf(releasesKind),
  /** Commits that had another id at the legacy hub, or none that is a hash, by what they were called there. */
  aliases: refListOf(aliasesKind),
  /** Grows with each change of the name. A change that was decided at an earlier epoch does not happen. */
  nameEpoch: Schema.Int,
  /** The user whom the owner offered the repository to. The user may read it, and becomes the owner by accepting. */
  offeredTo: Schema.NullOr(UserName),
  /** Null unless the repository was deleted: nobody sees it then, and it keeps its name. */
  deletion: Schema.NullOr(Deletion),
  /** The list of the packs that come before `packs`; null while there are none. */
  catalog: Schema.NullOr(Sha256),
  /**
   * The latest packs. An object exists if it is in a pack that the root or its catalog names. What a commit needs is in
   * its own pack or in one before it.
   */
  packs: Schema.Array(PackRef),
  /** 0 for the first root, and one more for each later one. */
  sequence: Schema.Int,
  /** Grows whenever a collection drops objects from packs. A move that was decided in another epoch does not happen. */
  collectionEpoch: Schema.Int,
  /** What a collection is deleting from the store. No root that follows names it or relies on it. */
  condemned: Schema.NullOr(Condemnation),
  /**
   * Grows when something is condemned, and when it is deleted. A move that was prepared under another count asks the
   * store whether what it relies on is there.
   */
  condemnations: Schema.Int,
  /** SHA-256 of the previous root's canonical bytes; null for the first root. */
  previous: Schema.NullOr(Sha256),
  /** The changes that made this root: several where pushes shared one write, none where packs were merged. */
  changes: Schema.Array(RootChange),
  /** Random. A writer whose answer was lost recognises its own root by it. */
  nonce: Schema.String
})
export type Root = typeof Root.Type

/** The members of a new repository's root. */
export const emptyRoot = {
  heads: RefList.of(headsKind, []),
  grants: [],
  protection: [],
  proposals: { last: 0, open: [] },
  tags: RefList.of(tagsKind, []),
  releases: RefList.of(releasesKind, []),
  aliases: RefList.of(aliasesKind, []),
  nameEpoch: 0,
  offeredTo: null,
  deletion: null,
  catalog: null,
  packs: [],
  sequence: 0,
  collectionEpoch: 0,
  condemned: null,
  condemnations: 0,
  previous: null
} satisfies Partial<Root>

/** Returns whether a repository was deleted for good: nothing undoes that, and its name is free. */
export const isErased = ({ deletion }: Root): boolean => deletion !== null && deletion.bytes !== "kept"

export const hasName = ({ repository }: Root, { owner, slug }: FullName): boolean =>
  repository.owner === owner && repository.slug === slug

export const protectionOf = (root: Root, branch: string): Protection | undefined =>
  root.protection.find(([name]) => name === branch)?.[1]

/** Sets one pair, or deletes it when `value` is undefined. The result is in ascending order of name. */
export const withPair = <K extends string, V>(
  pairs: ReadonlyArray<readonly [K, V]>,
  key: K,
  value: V | undefined
): ReadonlyArray<readonly [K, V]> => {
  const others = pairs.filter(([name]) => name !== key)
  return value === undefined ? others : [...others, [key, value] as const].toSorted(([a], [b]) => (a < b ? -1 : 1))
}
