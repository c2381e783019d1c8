/** `musehub proposal`: proposals to merge one branch into another, from the first word to the merge. */
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
  Command.withDescription("Propose to merge one branch into another, talk about it, and merge it"),
  Command.withSubcommands([open, list, show, edit, comment, review, preview, merge, close, reopen])
)
