/** `musehub repo list`: lists all repositories of the hub, private ones included, for its operator. */
import { listRepositories } from "@musehub/domain/usecase/repositories/listRepositories"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { allPages, columns, print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { userFlag } from "../names.ts"

export const list = Command.make(
  "list",
  { owner: userFlag("owner").pipe(Flag.withDescription("Only the repositories of this owner"), Flag.optional) },
  Effect.fn(function* (input) {
    const { json } = yield* musehub
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
      "slug, name, visibility, archived, domain, defaultBranch, branches (their count), createdAt."
  ),
  Command.withShortDescription("List all repositories"),
  Command.provide(storage)
)
