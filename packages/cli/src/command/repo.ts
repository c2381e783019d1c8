/** `musehub repo`: manages the repositories of the hub. */
import { Command } from "effect/cli"
import { collaborators } from "./repo/collaborators.ts"
import { archive, unarchive } from "./repo/archive.ts"
import { deleteCommand, undelete } from "./repo/delete.ts"
import { create } from "./repo/create.ts"
import { fork } from "./repo/fork.ts"
import { grant } from "./repo/grant.ts"
import { list } from "./repo/list.ts"
import { exportCommand } from "./repo/mpack/export.ts"
import { importCommand } from "./repo/mpack/import.ts"
import { pack } from "./repo/pack.ts"
import { rename } from "./repo/rename.ts"
import { revoke } from "./repo/revoke.ts"
import { settings } from "./repo/settings.ts"
import { show } from "./repo/show.ts"
import { transfer } from "./repo/transfer.ts"

export const repo = Command.make("repo").pipe(
  Command.withDescription("Create, list, show and change repositories, and manage access to them"),
  Command.withSubcommands([
    create,
    list,
    show,
    settings,
    rename,
    transfer,
    fork,
    archive,
    unarchive,
    deleteCommand,
    undelete,
    collaborators,
    grant,
    revoke,
    pack,
    exportCommand,
    importCommand
  ])
)
