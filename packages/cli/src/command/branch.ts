/** `musehub branch`: shows and changes the branches of a repository, without a clone. */
import { Command } from "effect/cli"
import { create } from "./branch/create.ts"
import { list } from "./branch/list.ts"
import { protect, unprotect } from "./branch/protect.ts"
import { reflog } from "./branch/reflog.ts"
import { remove } from "./branch/remove.ts"
import { rename } from "./branch/rename.ts"
import { restore } from "./branch/restore.ts"

export const branch = Command.make("branch").pipe(
  Command.withDescription("List, change and protect the branches of a repository, without a clone"),
  Command.withSubcommands([list, create, rename, remove, protect, unprotect, reflog, restore])
)
