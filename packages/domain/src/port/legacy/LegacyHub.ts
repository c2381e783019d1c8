/** What a legacy hub has beside objects: repositories, the graph of their history, people, proposals. Read only. */
import { Context, type Effect, type Scope } from "effect"
import type { JsonObject } from "../../object/Json.ts"
import type { LegacyGraph } from "./LegacyGraph.ts"
import type { LegacyUnavailable } from "./LegacyRecords.ts"

/** A repository that was not deleted. Its texts are as the row has them. */
export interface LegacyRepository {
  readonly id: string
  readonly owner: string
  readonly slug: string
  readonly name: string
  readonly isPublic: boolean
  readonly description: string
  /** Null where the legacy hub was not told. */
  readonly domain: string | null
  readonly defaultBranch: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

/** A row of a branch. A name may have several rows, and a head may be null or empty. */
export interface LegacyBranch {
  readonly name: string
  readonly head: string | null
}

/** A pull request. */
export interface LegacyProposal {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly state: string
  readonly from: string
  readonly to: string
  readonly mergeCommit: string | null
  /** The id of a user, or a name. */
  readonly author: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly mergedAt: string | null
}

/** A user's role in a repository of another one. */
export interface LegacyCollaborator {
  readonly user: string
  readonly permission: string
}

/** How many rows name a repository as the one that pushed them first, and the sizes that they state. */
export interface LegacySizes {
  readonly commits: number
  readonly snapshots: number
  readonly objects: number
  readonly bytes: number
  /** Objects of more bytes than were asked for, which are among the others. */
  readonly largeObjects: number
  readonly largeBytes: number
}

type Read<A> = Effect.Effect<A, LegacyUnavailable>

export class LegacyHub extends Context.Service<
  LegacyHub,
  {
    /** Host, port and database, for messages. */
    readonly location: string
    /**
     * Takes a repository for as long as the scope lasts, so that processes that read the same database share the work.
     * Returns false while another one has it. A process that was killed has none.
     */
    readonly hold: (repository: string) => Effect.Effect<boolean, LegacyUnavailable, Scope.Scope>
    /** Lists the repositories that were not deleted, in ascending order of owner and slug. */
    readonly repositories: Read<ReadonlyArray<LegacyRepository>>
    /** Counts the rows of each repository, by its id, and its objects of more bytes than `largeFrom`. */
    readonly sizes: (largeFrom: number) => Read<ReadonlyMap<string, LegacySizes>>
    /** Returns the names of users by their ids. */
    readonly people: Read<ReadonlyMap<string, string>>
    readonly branches: (repository: string) => Read<ReadonlyArray<LegacyBranch>>
    /**
     * Walks from commits to all their ancestors, over the rows of all repositories, and not beyond `stops`. A commit
     * without a row is absent.
     */
    readonly history: (heads: ReadonlyArray<string>, stops: ReadonlyArray<string>) => Read<LegacyGraph>
    /** Lists pull requests in the order in which they were opened. */
    readonly proposals: (repository: string) => Read<ReadonlyArray<LegacyProposal>>
    /** Lists tags, with the client's names of their fields. */
    readonly tags: (repository: string) => Read<ReadonlyArray<JsonObject>>
    /** Lists releases in the order in which they were published, with the client's names of their fields. */
    readonly releases: (repository: string) => Read<ReadonlyArray<JsonObject>>
    readonly collaborators: (repository: string) => Read<ReadonlyArray<LegacyCollaborator>>
  }
>()("@musehub/domain/port/legacy/LegacyHub") {}
