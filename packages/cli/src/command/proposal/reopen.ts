/** `musehub proposal reopen`: reopens a closed proposal. */
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { proposalLine, viewFields } from "./view.ts"

export const reopen = Command.make(
  "reopen",
  proposalInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const proposal = yield* reopenProposal(yield* opened(given, "participate"), given.number)
    yield* print(json, proposalJson(proposal), proposalLine(proposal))
  })
).pipe(
  Command.withDescription(
    "Reopen a closed proposal, as its author or a user with write access. A merged one stays merged. With " +
      `--json: ${viewFields}.`
  ),
  Command.withShortDescription("Reopen a closed proposal"),
  Command.withExamples([
    { command: "musehub proposal reopen ada/symphony 3", description: "Reopen it under its number" }
  ]),
  Command.provide(storage)
)
