/** `musehub repo list`: lists all repositories of the hub, private ones included, for its operator. */
import { listRepositories } from "@musehub/domain/usecase/repositories/listRepositories"
import { deletedRepositories } from "@musehub/domain/usecase/operations/deletions"
import { fullNameText, type UserName } from "@musehub/domain/repository/Names"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { allPages, columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { userFlag } from "../names.ts"
import { deletedJson } from "./view.ts"

const listDeleted = Effect.fnUntraced(function* (owner: Option.Option<UserName>, json: boolean) {
  const all = yield* deletedRepositories()
  const rows = Option.isNone(owner) ? all : all.filter(({ name }) => name.owner === owner.value)
  yield* print(
    json,
    rows.map(deletedJson),
    columns([
      ["REPOSITORY", "DELETED", "BY", "KEPT UNTIL", "ID"],
      ...rows.map(({ at, by, name, repository, until }) => [fullNameText(name), at, by, until, repository])
    ])
  )
})

export const list = Command.make(
  "list",
  {
    owner: userFlag("owner").pipe(Flag.withDescription("Only the repositories of this owner"), Flag.optional),
    deleted: Flag.Boolean("deleted").pipe(
      Flag.withDescription("Only those that were deleted and can be brought back, and until when they are kept"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* (input) {
    const { json } = yield* musehub
    if (input.deleted) return yield* listDeleted(input.owner, json)
    const rows = yield* allPages((page) => listRepositories({ owner: Option.getOrUndefined(input.owner) }, page))
    yield* print(
      json,
      rows.map(({ branches, repository }) => ({
        repoId: repository.id,
        owner: repository.owner,
        slug: repository.slug,
        name: repository.name,
        visibility: repository.visibility,
        archived: repository.archived,
        domain: repository.domain,
        defaultBranch: repository.defaultBranch,
        branches,
        createdAt: repository.createdAt
      })),
      columns([
        ["REPOSITORY", "VISIBILITY", "DOMAIN", "BRANCHES", "CREATED", "ID"],
        ...rows.map(({ branches, repository }) => [
          `${repository.owner}/${repository.slug}`,
          repository.archived ? `${repository.visibility}, archived` : repository.visibility,
          repository.domain,
          String(branches),
          repository.createdAt,
          repository.id
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "List all repositories in order of owner and slug. With --json: an array of objects with repoId, owner, " +
      "slug, name, visibility, archived, domain, defaultBranch, branches (their count), createdAt. With " +
      "--deleted: those that repo undelete can bring back, in order of deletion; garbage collection takes their " +
      "bytes 14 days later, unless another span is set. With --json then: repoId, owner, slug, deletedAt, deletedBy, " +
      "keptUntil."
  ),
  Command.withShortDescription("List all repositories"),
  Command.provide(presentStorage)
)
