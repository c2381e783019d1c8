/** `musehub repo fork`: copies a repository into one of another owner, or under another name. */
import { RepositoryName, type UserName } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { owned } from "../names.ts"
import { repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

const decodeName = Schema.decodeUnknownOption(RepositoryName)

interface Copy {
  readonly owner: UserName
  readonly name: RepositoryName
}

const copyOf = (text: string): Option.Option<Copy> =>
  Option.flatMap(owned(text), ({ owner, rest }) => Option.map(decodeName(rest), (name) => ({ owner, name })))

export const fork = Command.make(
  "fork",
  {
    repository: repositoryInput.repository,
    copy: Argument.String("OWNER/NAME").pipe(
      Argument.withDescription("The owner of the fork, who must be able to read the repository, and its name"),
      Argument.filterMap(copyOf, () => "OWNER/NAME")
    ),
    visibility: Flag.Literals("visibility", Visibility.literals).pipe(
      Flag.withDescription(
        "Who may read the fork without a role; default: as the repository. A fork of a private one is private"
      ),
      Flag.optional
    )
  },
  Effect.fn(function* ({ copy, repository: { owner, rest }, visibility }) {
    const { json } = yield* musehub
    const { name: user } = yield* showUser(copy.owner)
    const source = yield* openRepository(owner, rest, actingAs(user), "read")
    const made = yield* forkRepository(source, { name: copy.name, visibility: Option.getOrUndefined(visibility) })
    yield* print(json, repositoryJson(made), `${made.owner}/${made.slug}  ${made.visibility}  ${made.id}`)
  })
).pipe(
  Command.withDescription(
    "Copy a repository: its branches with their history. The fork has objects of its own, so it stays when the " +
      "repository goes. With --json: repoId, owner, slug, name, visibility, archived, forkOf, domain, defaultBranch, " +
      "description, createdAt."
  ),
  Command.withShortDescription("Copy a repository"),
  Command.withExamples([
    { command: "musehub repo fork ada/symphony grace/symphony", description: "A copy that belongs to grace" }
  ]),
  Command.provide(storage)
)
