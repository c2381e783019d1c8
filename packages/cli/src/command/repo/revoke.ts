/** `musehub repo revoke`: removes a user's role in a repository. */
import { removeCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"

export const revoke = Command.make(
  "revoke",
  {
    ...repositoryInput,
    user: Argument.String("USER").pipe(Argument.withDescription("The user who loses the role"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { user } = given
    yield* removeCollaborator(yield* opened(given, "admin"), user)
    yield* print(json, { user, role: null }, `${user} has no role`)
  })
).pipe(
  Command.withDescription(
    "Remove a user's role in a repository. Does nothing if there is none. With --json: user, role (null)."
  ),
  Command.withShortDescription("Remove a user's role"),
  Command.withExamples([{ command: "musehub repo revoke ada/symphony grace", description: "Undo a grant" }]),
  Command.provide(storage)
)
