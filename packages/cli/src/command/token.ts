/** `musehub token`: manages the bearer tokens of users. */
import { Command } from "effect/cli"
import { create } from "./token/create.ts"
import { list } from "./token/list.ts"
import { revoke } from "./token/revoke.ts"

export const token = Command.make("token").pipe(
  Command.withDescription("Create, list and revoke the tokens that users push with"),
  Command.withSubcommands([create, list, revoke])
)
