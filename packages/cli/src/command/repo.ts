/** `musehub repo`: the repositories of the hub. */
import { Command } from "effect/cli"
import { create } from "./repo/create.ts"
import { list } from "./repo/list.ts"

export const repo = Command.make("repo").pipe(
  Command.withDescription("Make and list repositories"),
  Command.withSubcommands([create, list])
)
