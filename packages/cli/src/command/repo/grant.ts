/** `musehub repo grant`: gives a user a role in a repository, in place of any former one. */
import { Role } from "@musehub/domain/repository/Root"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"

export const grant = Command.make(
  "grant",
  {
    ...repositoryInput,
    user: Argument.String("USER").pipe(Argument.withDescription("The user, who must exist on the hub")),
    role: Flag.Literals("role", Role.literals).pipe(Flag.withDescription("The role; each includes the ones before it"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { role, user } = yield* setCollaborator(yield* opened(given, "admin"), given.user, given.role)
    yield* print(json, { user, role }, `${user}  ${role}`)
  })
).pipe(
  Command.withDescription("Give a user a role in a repository, in place of any former one. With --json: user, role."),
  Command.withShortDescription("Give a user a role"),
  Command.withExamples([
    { command: "musehub repo grant ada/symphony grace --role write", description: "Let grace push to it" }
  ]),
  Command.provide(storage)
)
