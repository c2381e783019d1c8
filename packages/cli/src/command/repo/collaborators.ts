/** `musehub repo collaborators`: lists the roles of users other than the owner. */
import { listCollaborators } from "@musehub/domain/usecase/repositories/collaborators"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"

export const collaborators = Command.make(
  "collaborators",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const all = yield* listCollaborators(yield* opened(given, "oversee"))
    yield* print(
      json,
      all.map(({ role, user }) => ({ user, role })),
      columns([["USER", "ROLE"], ...all.map(({ role, user }) => [user, role])])
    )
  })
).pipe(
  Command.withDescription(
    "List the users with a role in a repository, in order of name. The owner, who may do everything, is not " +
      "among them. With --json: an array of objects with user and role (read, write or admin)."
  ),
  Command.withShortDescription("List the users with a role"),
  Command.withExamples([
    { command: "musehub repo collaborators ada/symphony", description: "The users with access, other than ada" }
  ]),
  Command.provide(presentStorage)
)
