/** `musehub user`: the people and agents that the hub knows. */
import { Command } from "effect/cli"
import { create } from "./user/create.ts"
import { list } from "./user/list.ts"

export const user = Command.make("user").pipe(
  Command.withDescription("Make and list the users of the hub"),
  Command.withSubcommands([create, list])
)
