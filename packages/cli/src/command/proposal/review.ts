/** `musehub proposal review`: says of a proposal's head that it may be merged, or that it needs changes. */
import { Discourse, type Verdict } from "@musehub/domain/repository/Proposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { commitFlag, discourseFlag, opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { proposalLine, viewFields } from "./view.ts"

interface Verdicts {
  readonly approve: boolean
  readonly requestChanges: boolean
}

const verdictOf = ({ approve, requestChanges }: Verdicts): Effect.Effect<Verdict, CliError.ValidationError> =>
  approve === requestChanges
    ? new CliError.ValidationError({ message: "say either --approve or --request-changes" })
    : Effect.succeed(approve ? "approve" : "request_changes")

export const review = Command.make(
  "review",
  {
    ...proposalInput,
    approve: Flag.Boolean("approve").pipe(
      Flag.withDescription("Its head may be merged"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    requestChanges: Flag.Boolean("request-changes").pipe(
      Flag.withDescription("Its head needs changes first"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    body: discourseFlag("body").pipe(Flag.withDescription("Why"), Flag.withDefault(Discourse.make(""))),
    commit: commitFlag("commit").pipe(
      Flag.withDescription("The head that was looked at; refused when it is another one by now"),
      Flag.optional
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const verdict = yield* verdictOf(given)
    const proposal = yield* reviewProposal(yield* opened(given, "participate"), given.number, {
      verdict,
      body: given.body,
      commit: Option.getOrUndefined(given.commit)
    })
    const { approvals, approvalsNeeded } = proposal
    yield* print(
      json,
      proposalJson(proposal),
      `${proposalLine(proposal)}  (${approvals.length} of ${approvalsNeeded} approvals)`
    )
  })
).pipe(
  Command.withDescription(
    "Review the present head of an open proposal. Only the approvals of people who may write count, and of " +
      `each person the latest review. With --json: ${viewFields}.`
  ),
  Command.withShortDescription("Approve a proposal or request changes"),
  Command.withExamples([
    { command: "musehub proposal review ada/symphony 3 --approve --as grace", description: "Grace approves" }
  ]),
  Command.provide(storage),
  Command.validate((given) => verdictOf(given))
)
