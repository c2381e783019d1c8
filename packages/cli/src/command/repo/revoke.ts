/** `musehub repo revoke`: takes a user's role in a repository away. */
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
    user: Argument.String("USER").pipe(Argument.withDescription("Whose role ends"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { user } = given
    yield* removeCollaborator(yield* opened(given, "admin"), user)
    yield* print(json, { user, role: null }, `${user} has no role`)
  })
).pipe(
  Command.withDescription(
    "Take a user's role in a repository away. Where they have none, nothing changes. With --json: user, role (null)."
  ),
  Command.withShortDescription("Take a user's role away"),
  Command.withExamples([{ command: "musehub repo revoke ada/symphony grace", description: "Undo a grant" }]),
  Command.provide(storage)
)
