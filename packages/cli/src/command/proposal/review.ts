/** `musehub proposal review`: approves the head of a proposal, or requests changes. */
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
      Flag.withDescription("Approve its head"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    requestChanges: Flag.Boolean("request-changes").pipe(
      Flag.withDescription("Request changes to its head"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    body: discourseFlag("body").pipe(
      Flag.withDescription("The text of the review"),
      Flag.withDefault(Discourse.make(""))
    ),
    commit: commitFlag("commit").pipe(
      Flag.withDescription("The reviewed head; refused if the head has changed since"),
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
    "Review the current head of an open proposal. Approvals count from users with write access, and only " +
      `each user's latest review. With --json: ${viewFields}.`
  ),
  Command.withShortDescription("Approve a proposal or request changes"),
  Command.withExamples([
    { command: "musehub proposal review ada/symphony 3 --approve --as grace", description: "Grace approves" }
  ]),
  Command.provide(storage),
  Command.validate((given) => verdictOf(given))
)
