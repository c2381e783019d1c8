/** `musehub user`: manages the users of the hub. */
import { Command } from "effect/cli"
import { create } from "./user/create.ts"
import { list } from "./user/list.ts"
import { show } from "./user/show.ts"

export const user = Command.make("user").pipe(
  Command.withDescription("Create, list and show the users of the hub"),
  Command.withSubcommands([create, list, show])
)
