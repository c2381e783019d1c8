/** `musehub proposal comment`: adds a comment to a proposal in any state. */
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { discourseFlag, opened } from "../repository.ts"
import { proposalInput } from "./input.ts"

export const comment = Command.make(
  "comment",
  { ...proposalInput, body: discourseFlag("body").pipe(Flag.withDescription("The text of the comment")) },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { at, body, by, id } = yield* commentOnProposal(yield* opened(given, "participate"), given.number, given.body)
    yield* print(json, { id, by, body, at }, `#${given.number}  comment ${id} by ${by}`)
  })
).pipe(
  Command.withDescription("Comment on a proposal. With --json: id (counts from 1 in each proposal), by, body, at."),
  Command.withShortDescription("Comment on a proposal"),
  Command.withExamples([
    { command: 'musehub proposal comment ada/symphony 3 --body "In B flat?" --as grace', description: "Grace asks" }
  ]),
  Command.provide(storage)
)
