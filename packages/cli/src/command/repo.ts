/** `musehub repo`: manages the repositories of the hub. */
import { Command } from "effect/cli"
import { collaborators } from "./repo/collaborators.ts"
import { create } from "./repo/create.ts"
import { grant } from "./repo/grant.ts"
import { list } from "./repo/list.ts"
import { log } from "./repo/log.ts"
import { pack } from "./repo/pack.ts"
import { revoke } from "./repo/revoke.ts"
import { settings } from "./repo/settings.ts"
import { show } from "./repo/show.ts"

export const repo = Command.make("repo").pipe(
  Command.withDescription("Create, list, show and change repositories, and manage access to them"),
  Command.withSubcommands([create, list, show, log, settings, collaborators, grant, revoke, pack])
)
