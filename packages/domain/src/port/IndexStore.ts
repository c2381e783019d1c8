/**
 * The index: what makes questions about the store cheap. It holds nothing that the store does not hold, every row comes
 * from evidence, and it may be burned down and rebuilt. The contract suite in `test/` defines it.
 *
 * A commit is `reachable` once some root led to it. Rows are recorded before the root moves, so rows of a refused push
 * stay behind; they are not reachable, and nothing may count them as known.
 */
import { Context, type Effect, type Option, Schema } from "effect"
import type { CommitNode } from "../history/CommitNode.ts"
import type { Introduction } from "../history/introductions.ts"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "../object/Id.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import type { Annotation, Remarks } from "../repository/Annotation.ts"
import type { Pack } from "../repository/Pack.ts"
import type { Proposal, ProposalState } from "../repository/Proposal.ts"
import type { Slug, UserName } from "../repository/Names.ts"
import type { Repository, Root } from "../repository/Root.ts"
import type { Token } from "../hub/Token.ts"
import type { User } from "../hub/User.ts"
import type { Page, PageRequest } from "./Page.ts"
import type { Stored, StoredDocument, StoredPack } from "./Stored.ts"
import { publicSentence, UnavailableReason } from "./UnavailableReason.ts"

/**
 * Manifests that a repository keeps beside those of its heads: so many of those that were kept last, as far as they
 * have so many entries together. An entry takes some 100 bytes.
 */
export const keptManifestsMax = 32
export const keptManifestEntriesMax = 250_000

/** The index could not be asked, or a statement failed; `reason` says which. Nothing of the failed call is visible. */
export class IndexUnavailable extends Schema.TaggedError<IndexUnavailable>()("IndexUnavailable", {
  operation: Schema.String,
  reason: UnavailableReason
}) {
  override readonly cause = this.reason
  override get message() {
    return `the index failed at ${this.operation}`
  }
  get publicMessage() {
    return publicSentence("the index", this.reason)
  }
  /** Whether the same call may succeed later. */
  get isRetryable() {
    return this.reason.isRetryable
  }
}

/** A repository as the index knows it, and which root its rows reflect. */
export interface RepositoryRow {
  readonly repository: Repository
  readonly heads: Root["heads"]
  /** Sequence of the root that branches and reachability reflect. */
  readonly rootSequence: number
  readonly rootSha256: Sha256
}

/** A commit to record: the evidence, and what was derived from its neighbours. */
export interface CommitEntry {
  readonly stored: Stored<"commit">
  /** 1 for a commit without parents, else one more than the greatest among its parents. */
  readonly generation: number
  /** Blobs in its snapshot that are in no parent's snapshot. */
  readonly introduces: ReadonlyArray<BlobId>
}

/** Objects to record together; all or none become visible. Recording what is already there changes nothing. */
export interface RecordBatch {
  readonly repository: RepositoryId
  readonly blobs: ReadonlyArray<Stored<"blob">>
  readonly snapshots: ReadonlyArray<Stored<"snapshot">>
  readonly commits: ReadonlyArray<CommitEntry>
  /**
   * Snapshots of this batch whose manifest is worth keeping beside the row (heads, which the next push builds on). It
   * lets no other go, since the root that makes them heads comes only later; `manifests` says what does.
   */
  readonly cachedManifests: ReadonlySet<SnapshotId>
}

/** Packs to record together, with the commits that they are made of; all or none become visible. */
export interface PackBatch {
  readonly repository: RepositoryId
  /** In the order of their content; the index keeps it. */
  readonly packs: ReadonlyArray<StoredPack>
  /**
   * For each commit that is now packed, which packs hold something that it brings in. None at all: it was looked at and
   * has nothing that is small enough.
   */
  readonly commits: ReadonlyMap<CommitId, ReadonlyArray<Sha256>>
}

/** What of a question is known. Blobs: recorded, so their bytes are in the store. Snapshots and commits: reachable. */
export interface Known {
  readonly blobs: ReadonlySet<BlobId>
  readonly snapshots: ReadonlySet<SnapshotId>
  readonly commits: ReadonlyMap<CommitId, CommitNode>
}

export interface ObjectIds {
  readonly blobs: ReadonlyArray<BlobId>
  readonly snapshots: ReadonlyArray<SnapshotId>
  readonly commits: ReadonlyArray<CommitId>
}

/** For each found object one repository that has it. */
export interface Holders {
  readonly blobs: ReadonlyMap<BlobId, RepositoryId>
  readonly snapshots: ReadonlyMap<SnapshotId, RepositoryId>
  readonly commits: ReadonlyMap<CommitId, RepositoryId>
}

/** A proposal as lists show it. */
export type ProposalRow = Pick<
  Proposal,
  "number" | "title" | "author" | "from" | "to" | "state" | "createdAt" | "updatedAt"
>

/** What is recorded of an object's bytes: for audits, and for answers that promise their length. */
export interface ObjectRow {
  readonly id: string
  readonly size: number
  readonly storageUri: string
  readonly sha256: Sha256
}

export class IndexStore extends Context.Service<
  IndexStore,
  {
    /** Where the index lies, without secrets, for status pages and error messages. */
    readonly location: string

    /** Records objects in one transaction, at a cost of statements that does not grow with their number. */
    readonly record: (batch: RecordBatch) => Effect.Effect<void, IndexUnavailable>
    /**
     * Brings repository, branches and reachability up to a root, in one transaction: `reachable` names the commits
     * that this root made reachable (all must be recorded). An index that already reflects this or a later root stays
     * as it is, except that the named commits are marked all the same, since they were reachable once.
     */
    readonly reflect: (
      root: StoredDocument<Root>,
      reachable: ReadonlyArray<CommitId>
    ) => Effect.Effect<void, IndexUnavailable>

    readonly repositoryByName: (
      owner: UserName,
      slug: Slug
    ) => Effect.Effect<Option.Option<RepositoryRow>, IndexUnavailable>
    readonly repositoryById: (id: RepositoryId) => Effect.Effect<Option.Option<RepositoryRow>, IndexUnavailable>
    /** In ascending order of owner, then slug. */
    readonly repositories: (
      filter: { readonly owner?: UserName | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<RepositoryRow>, IndexUnavailable>

    /** Which of these are known, in one statement. */
    readonly known: (repository: RepositoryId, ids: ObjectIds) => Effect.Effect<Known, IndexUnavailable>
    /** Which of these blobs are in the snapshot of some reachable commit. */
    readonly reachableBlobs: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlySet<BlobId>, IndexUnavailable>
    /**
     * Reachable commits among `from` and their ancestors, nearest first, at most `limit` of them. A walk that needs
     * more asks again from where this answer ends. Unknown ids in `from` are passed over.
     */
    readonly ancestry: (
      repository: RepositoryId,
      from: ReadonlyArray<CommitId>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /**
     * The manifests of these snapshots, as far as they are kept. Whoever misses one reads the store, and may then have
     * it kept by `keepManifests`.
     *
     * Kept are those that `record` and `keepManifests` were given. After each later root that is reflected, and after
     * each `keepManifests`, a repository has only those of its heads, as the index knows them, and of the others those
     * that were kept last: `keptManifestsMax` of them, with `keptManifestEntriesMax` entries together; the rest is let
     * go. An index may leave out manifests that are too large for it, also those of heads. Reading keeps nothing
     * anew, so that it writes nothing: what is read most are heads, and what is missed and kept again is among the
     * last.
     */
    readonly manifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, Snapshot["manifest"]>, IndexUnavailable>
    /**
     * Keeps the manifests of those among these snapshots that are recorded, as the ones that were kept last. Whether
     * they are heads, and are reachable, makes no difference; rows stay as they are.
     */
    readonly keepManifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<Stored<"snapshot">>
    ) => Effect.Effect<void, IndexUnavailable>
    /** The blobs that these commits introduce, each once. */
    readonly introducedBy: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<BlobId, Introduction>, IndexUnavailable>
    /** For each blob the reachable commits that introduce it. */
    readonly introducersOf: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlyMap<BlobId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /** For each snapshot the reachable commits that have it. */
    readonly commitsOfSnapshots: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, ReadonlyArray<CommitId>>, IndexUnavailable>
    /**
     * Repositories that `reader` may read (public, owned, or granted; null reads public ones only) and where these
     * objects are reachable: for each found object one such repository. Serves a push whose client left out what
     * another repository of this hub has.
     */
    readonly holdersOf: (reader: UserName | null, ids: ObjectIds) => Effect.Effect<Holders, IndexUnavailable>
    /** The most recently recorded reachable commits' ids, newest first. */
    readonly recentCommits: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitId>, IndexUnavailable>
    /** The recorded ones among these snapshots or commits, reachable or not, by id. */
    readonly rowsOf: (
      repository: RepositoryId,
      type: "snapshot" | "commit",
      ids: ReadonlyArray<SnapshotId | CommitId>
    ) => Effect.Effect<ReadonlyMap<string, ObjectRow>, IndexUnavailable>
    /** Everything recorded of one type, in ascending order of id, reachable or not. */
    readonly rows: (
      repository: RepositoryId,
      type: "blob" | "snapshot" | "commit",
      page: PageRequest
    ) => Effect.Effect<Page<ObjectRow>, IndexUnavailable>

    /**
     * Records packs and which commits they are of, in one transaction. A pack that is there already stays where it is
     * in the order; a commit that was packed before belongs to the new packs from then on. Commits that are not
     * recorded are passed over.
     */
    readonly recordPacks: (batch: PackBatch) => Effect.Effect<void, IndexUnavailable>
    /** The packs of these commits, in the order in which they were recorded. */
    readonly packsOf: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyArray<Pack>, IndexUnavailable>
    /** Reachable commits that are not packed, in ascending order of generation, then id. */
    readonly unpacked: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /** Forgets a pack; the commits that it was of are not packed any more. An unknown one is success. */
    readonly forgetPack: (repository: RepositoryId, pack: Sha256) => Effect.Effect<void, IndexUnavailable>

    /** Inserts the proposal or brings its row up to this state; an earlier revision changes nothing. */
    readonly recordProposal: (proposal: StoredDocument<Proposal>) => Effect.Effect<void, IndexUnavailable>
    /** In descending order of number; `state` narrows the list. */
    readonly proposals: (
      repository: RepositoryId,
      filter: { readonly state?: ProposalState | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<ProposalRow>, IndexUnavailable>
    /** Joins the annotation into what is recorded for its commit. */
    readonly recordAnnotation: (annotation: StoredDocument<Annotation>) => Effect.Effect<void, IndexUnavailable>
    /**
     * What was said about these recorded commits, in one statement: their own stored records (`remarksOf`) joined with
     * their annotations. Commits about which nothing was said are left out.
     */
    readonly remarks: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyMap<CommitId, Remarks>, IndexUnavailable>

    /** In ascending order of name. */
    readonly users: (page: PageRequest) => Effect.Effect<Page<User>, IndexUnavailable>
    readonly recordUser: (user: StoredDocument<User>) => Effect.Effect<void, IndexUnavailable>
    /** Inserts the token or brings its row up to this state. */
    readonly recordToken: (token: StoredDocument<Token>) => Effect.Effect<void, IndexUnavailable>
    readonly tokenByHash: (hash: Sha256) => Effect.Effect<Option.Option<Token>, IndexUnavailable>
    /** The token with this public id. */
    readonly tokenByPublicId: (id: string) => Effect.Effect<Option.Option<Token>, IndexUnavailable>
    /** In ascending order of creation; `user` narrows the list. */
    readonly tokens: (
      filter: { readonly user?: UserName | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<Token>, IndexUnavailable>

    /**
     * Runs an effect while no other process runs one under the same name. The lock ends with the effect, also when
     * the process dies.
     */
    readonly withLock: <A, E, R>(
      name: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | IndexUnavailable, R>
    /** Counts over all repositories, for status pages. */
    readonly counts: Effect.Effect<
      {
        readonly repositories: number
        readonly commits: number
        readonly snapshots: number
        readonly blobs: number
      },
      IndexUnavailable
    >
  }
>()("@musehub/domain/port/IndexStore") {}
