/** `musehub proposal show`: shows one proposal with its reviews and comments. */
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { readable, viewFields } from "./view.ts"

export const show = Command.make(
  "show",
  proposalInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const proposal = yield* showProposal(yield* opened(given, "read"), given.number)
    yield* print(json, proposalJson(proposal), readable(proposal))
  })
).pipe(
  Command.withDescription(`Show one proposal with its reviews and comments. With --json: ${viewFields}.`),
  Command.withShortDescription("Show one proposal"),
  Command.withExamples([
    { command: "musehub proposal show ada/symphony 3", description: "With its reviews and comments" }
  ]),
  Command.provide(presentStorage)
)
