/** All rows of the index: those of repositories, and those of the hub. */
import { expected } from "@musehub/domain/base/expected"
import type { HubId } from "@musehub/domain/hub/HubIdentity"
import type { PublishedDomain } from "@musehub/domain/hub/PublishedDomain"
import type { Token } from "@musehub/domain/hub/Token"
import type { User } from "@musehub/domain/hub/User"
import type { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import type { UnderivedCommit } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { KeptAnswer } from "@musehub/domain/port/index/UsageIndex"
import type { DocumentName, UserName } from "@musehub/domain/repository/Names"
import { Derived } from "../derived/Derived.ts"
import { getOrSet } from "./getOrSet.ts"
import { noRows, type RepositoryRows } from "./RepositoryRows.ts"
import { Roots } from "./Roots.ts"

export class Rows {
  readonly repositories = new Map<RepositoryId, RepositoryRows>()
  readonly roots = new Roots()
  readonly users = new Map<UserName, User>()
  readonly tokens = new Map<Token["hash"], Token>()
  readonly keptAnswers = new Map<DocumentName, KeptAnswer>()
  readonly domains = new Map<DocumentName, PublishedDomain>()
  readonly derived: Derived
  hub: HubId | undefined
  #batches = 0

  constructor() {
    this.derived = new Derived({
      repositories: () => this.repositories.keys(),
      roots: this.roots.all,
      generations: (repository) =>
        new Map(Array.from(this.of(repository).commits, ([id, { entry }]) => [id, entry.generation])),
      underived: (repository, id) => this.#underived(repository, id)
    })
  }

  /** Returns the rows of a repository, of which there may be none. */
  of(repository: RepositoryId): RepositoryRows {
    return this.repositories.get(repository) ?? noRows()
  }

  /** Returns the rows of a repository, to add some. */
  addingTo(repository: RepositoryId): RepositoryRows {
    return getOrSet(this.repositories, repository, noRows)
  }

  /** Returns a number that is greater than those before, for manifests that are kept together. */
  nextBatch(): number {
    return this.#batches++
  }

  #underived(repository: RepositoryId, id: CommitId): UnderivedCommit {
    const { commits } = this.of(repository)
    const { generation, stored } = expected(commits.get(id), `commit ${id}`).entry
    const parents = stored.value.parents.flatMap((parent) => {
      const state = commits.get(parent)
      return state === undefined ? [] : [state.entry.stored.value.snapshotId]
    })
    const isWhole = parents.length === stored.value.parents.length
    return { id, generation, snapshotId: stored.value.snapshotId, parents: isWhole ? parents : undefined }
  }
}
