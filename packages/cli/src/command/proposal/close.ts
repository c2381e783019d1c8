/** `musehub proposal close`: closes a proposal without merging it. */
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { proposalLine, viewFields } from "./view.ts"

export const close = Command.make(
  "close",
  proposalInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const proposal = yield* closeProposal(yield* opened(given, "participate"), given.number)
    yield* print(json, proposalJson(proposal), proposalLine(proposal))
  })
).pipe(
  Command.withDescription(
    `Close an open proposal without merging it, as its author or a user with write access. With --json: ${viewFields}.`
  ),
  Command.withShortDescription("Close a proposal without merging it"),
  Command.withExamples([{ command: "musehub proposal close ada/symphony 3", description: "Its branch stays" }]),
  Command.provide(storage)
)
