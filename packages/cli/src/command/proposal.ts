/** `musehub proposal`: opens, discusses and merges proposals to merge one branch into another. */
import { Command } from "effect/cli"
import { close } from "./proposal/close.ts"
import { comment } from "./proposal/comment.ts"
import { edit } from "./proposal/edit.ts"
import { list } from "./proposal/list.ts"
import { merge } from "./proposal/merge.ts"
import { open } from "./proposal/open.ts"
import { preview } from "./proposal/preview.ts"
import { reopen } from "./proposal/reopen.ts"
import { review } from "./proposal/review.ts"
import { show } from "./proposal/show.ts"

export const proposal = Command.make("proposal").pipe(
  Command.withDescription("Open, discuss and merge proposals to merge one branch into another"),
  Command.withSubcommands([open, list, show, edit, comment, review, preview, merge, close, reopen])
)
