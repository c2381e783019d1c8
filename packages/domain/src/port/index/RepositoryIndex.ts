/** Which repositories there are, and which root the rows of each reflect. */
import { Context, type Effect, type Option } from "effect"
import type { CommitId, Sha256 } from "../../object/Id.ts"
import type { Slug, UserName } from "../../repository/Names.ts"
import type { Repository, Root } from "../../repository/Root.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A repository as the index knows it, and which root its rows reflect. */
export interface RepositoryRow {
  readonly repository: Repository
  readonly heads: Root["heads"]
  /** Sequence of the root that branches and reachability reflect. */
  readonly rootSequence: number
  readonly rootSha256: Sha256
}

export class RepositoryIndex extends Context.Service<
  RepositoryIndex,
  {
    /** Where the index lies, without secrets, for status pages and error messages. */
    readonly location: string
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
    /** In ascending order of owner, then slug. */
    readonly repositories: (
      filter: { readonly owner?: UserName | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<RepositoryRow>, IndexUnavailable>
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
>()("@musehub/domain/port/index/RepositoryIndex") {}
