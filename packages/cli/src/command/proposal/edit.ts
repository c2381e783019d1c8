/** `musehub proposal edit`: changes the title or body of a proposal; what is not given stays. */
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { discourseFlag, opened } from "../repository.ts"
import { proposalInput, titleFlag } from "./input.ts"
import { proposalLine, viewFields } from "./view.ts"

export const edit = Command.make(
  "edit",
  {
    ...proposalInput,
    title: titleFlag.pipe(Flag.optional),
    body: discourseFlag("body").pipe(
      Flag.withDescription("The reasons, and what reviewers should look at"),
      Flag.optional
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const proposal = yield* editProposal(yield* opened(given, "participate"), given.number, {
      title: Option.getOrUndefined(given.title),
      body: Option.getOrUndefined(given.body)
    })
    yield* print(json, proposalJson(proposal), proposalLine(proposal))
  })
).pipe(
  Command.withDescription(
    `Change title or body of a proposal, as its author or a user with write access. With --json: ${viewFields}.`
  ),
  Command.withShortDescription("Change title or body"),
  Command.withExamples([
    { command: 'musehub proposal edit ada/symphony 3 --title "A finale"', description: "The body stays" }
  ]),
  Command.provide(storage),
  Command.validate(({ body, title }) =>
    Option.isSome(body) || Option.isSome(title)
      ? Effect.void
      : new CliError.ValidationError({ message: "name --title, --body or both" })
  )
)
