/** Lists repositories, and says which root the rows of each reflect. */
import { byText } from "@musehub/domain/base/text/byText"
import type { RepositoryIndex, RepositoryRow } from "@musehub/domain/port/index/RepositoryIndex"
import { pageOf, type PageRequest } from "@musehub/domain/port/Page"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import type { Slug, UserName } from "@musehub/domain/repository/Names"
import { hasName, type Root } from "@musehub/domain/repository/Root"
import { noTeams, roleOfReader } from "@musehub/domain/repository/rule/roles"
import { Clock, Effect, Option } from "effect"
import type { RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

/** NUL sorts before every character of a name, so these keys are in order of owner, then slug. */
const repositoryKey = ({ repository }: RepositoryRow): string => `${repository.owner}\0${repository.slug}`

export const make = (rows: Rows): RepositoryIndex["Service"] => {
  const { derived, roots } = rows

  const rowOf = (root: StoredDocument<Root>): RepositoryRow => ({
    repository: root.value.repository,
    branches: root.value.heads.count,
    rootSequence: roots.sequenceOf(root),
    rootSha256: root.sha256
  })

  const listed = (
    filter: { readonly owner?: UserName | undefined; readonly slug?: Slug | undefined },
    page: PageRequest,
    isWanted: (root: Root) => boolean = () => true
  ) =>
    Effect.sync(() => {
      const found = [...roots.all.values()]
        .filter(({ value }) => isWanted(value))
        .map(rowOf)
        .filter(({ repository }) => filter.owner === undefined || repository.owner === filter.owner)
        .filter(({ repository }) => filter.slug === undefined || repository.slug === filter.slug)
        .toSorted((a, b) => byText(repositoryKey(a), repositoryKey(b)))
      return pageOf(found, repositoryKey, page)
    })

  const countOf = (rowsOf: (of: RepositoryRows) => { readonly size: number }): number =>
    rows.repositories.values().reduce((sum, of) => sum + rowsOf(of).size, 0)

  return {
    location: "memory:",
    hub: Effect.sync(() => Option.fromUndefinedOr(rows.hub)),
    belongTo: (wanted) => Effect.sync(() => (rows.hub ??= wanted)),
    probe: Effect.map(Clock.currentTimeMillis, (now) => ({
      at: new Date(now).toISOString(),
      location: "memory:",
      server: "memory of this process",
      encoding: null,
      writable: true,
      pooled: false,
      encrypted: false,
      fit: true,
      reasons: []
    })),
    enlist: (root) =>
      Effect.sync(() => {
        if (roots.enlist(root)) derived.addIdentity(root.value.repository)
      }),
    forget: (repository) =>
      Effect.sync(() => {
        rows.repositories.delete(repository)
        roots.forget(repository)
        derived.forget(repository)
      }),
    repositoryByName: (owner, slug) =>
      Effect.sync(() => {
        const found = [...roots.all.values()].find(({ value }) => hasName(value, { owner, slug }))
        return Option.map(Option.fromUndefinedOr(found), rowOf)
      }),
    repositories: listed,
    readableRepositories: (reader, { granted, owner }, page) =>
      listed(
        { owner },
        page,
        (root) =>
          roleOfReader(root, reader, noTeams) !== undefined || granted?.some((name) => hasName(root, name)) === true
      ),
    counts: Effect.sync(() => ({
      repositories: roots.all.size,
      commits: countOf(({ commits }) => commits),
      snapshots: countOf(({ snapshots }) => snapshots),
      blobs: countOf(({ blobs }) => blobs)
    }))
  }
}
