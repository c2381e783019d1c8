/** The repositories, and which root the rows of each reflect. */
import { Context, type Effect, type Option } from "effect"
import type { HubId } from "../../hub/HubIdentity.ts"
import type { IndexReport } from "../../hub/IndexReport.ts"
import type { RepositoryId, Sha256 } from "../../object/Id.ts"
import type { FullName, Slug, UserName } from "../../repository/Names.ts"
import type { Repository, Root } from "../../repository/Root.ts"
import type { Reader } from "../../repository/rule/roles.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { StoredDocument } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** A repository as the index knows it. */
export interface RepositoryRow {
  readonly repository: Repository
  /** Count of the branches. */
  readonly branches: number
  /** Sequence of the root that the rows reflect; -1 for a repository that is only listed yet. */
  readonly rootSequence: number
  readonly rootSha256: Sha256
}

export class RepositoryIndex extends Context.Service<
  RepositoryIndex,
  {
    /** Where the index is stored, without secrets, for status pages and error messages. */
    readonly location: string
    /** The hub that the index belongs to; none for an index that no hub has used. */
    readonly hub: Effect.Effect<Option.Option<HubId>, IndexUnavailable>
    /** Makes the index belong to a hub, unless it belongs to one already. Returns the hub that it belongs to then. */
    readonly belongTo: (hub: HubId) => Effect.Effect<HubId, IndexUnavailable>
    /** Finds out what the index can do: whether it takes writes, and what else the hub relies on. */
    readonly probe: Effect.Effect<IndexReport, IndexUnavailable>
    /**
     * Lists a repository under the name of its root, with its grants, before its rows are recorded. It is as far behind
     * its root as one without a row. Changes nothing for a repository that has a row. The name passes to it as with
     * `record`.
     */
    readonly enlist: (root: StoredDocument<Root>) => Effect.Effect<void, IndexUnavailable>
    /** Deletes every row of a repository: what they say is not what its root says. */
    readonly forget: (repository: RepositoryId) => Effect.Effect<void, IndexUnavailable>
    readonly repositoryByName: (
      owner: UserName,
      slug: Slug
    ) => Effect.Effect<Option.Option<RepositoryRow>, IndexUnavailable>
    /** Lists repositories in ascending order of owner, then slug; of one `owner`, and with one `slug`, if given. */
    readonly repositories: (
      filter: { readonly owner?: UserName | undefined; readonly slug?: Slug | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<RepositoryRow>, IndexUnavailable>
    /**
     * Lists like `repositories`, but only what a reader may read, as `roleOfReader` says of the reflected roots without
     * teams, and the repositories of the names `granted`. A page costs nothing for repositories that are hidden from
     * the reader.
     */
    readonly readableRepositories: (
      reader: Reader | null,
      filter: { readonly owner?: UserName | undefined; readonly granted?: ReadonlyArray<FullName> | undefined },
      page: PageRequest
    ) => Effect.Effect<Page<RepositoryRow>, IndexUnavailable>
    /** Counts rows over all repositories, for status pages. */
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
