/** `musehub session`: manages the browsers that are signed in. */
import { Command } from "effect/cli"
import { list } from "./list.ts"
import { revoke } from "./revoke.ts"

export const session = Command.make("session").pipe(
  Command.withDescription("List and revoke the sessions of users in browsers"),
  Command.withSubcommands([list, revoke])
)
