/** `musehub user create`: creates a user without a token. */
import { UserName } from "@musehub/domain/repository/Names"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { acceptedUser } from "../../config/Configuration.ts"
import { UserExists } from "../../errors.ts"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"

export const create = Command.make(
  "create",
  {
    name: Argument.String("NAME").pipe(
      Argument.withDescription("The user's name, also in the addresses of repositories"),
      Argument.filterMap(Schema.decodeUnknownOption(UserName), () => acceptedUser)
    )
  },
  Effect.fn(function* ({ name }) {
    const { json } = yield* musehub
    if (!(yield* ensureUser(name))) return yield* new UserExists({ user: name })
    yield* print(json, { name }, name)
  })
).pipe(
  Command.withDescription(
    "Create a user, who can then be given roles. `musehub token create` creates a token to push with. Refused " +
      "if the name is taken. With --json: name."
  ),
  Command.withShortDescription("Create a user"),
  Command.withExamples([{ command: "musehub user create grace", description: "A user without a token" }]),
  Command.provide(storage)
)
