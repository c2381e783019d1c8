/** `musehub proposal list`: lists the proposals of a repository, newest first. */
import { ProposalState } from "@musehub/domain/repository/Proposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { proposalRowJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { columns, firstItems, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { limitFlag, opened, repositoryInput } from "../repository.ts"
import { rowFields } from "./view.ts"

export const list = Command.make(
  "list",
  {
    ...repositoryInput,
    state: Flag.Literals("state", ProposalState.literals).pipe(
      Flag.withDescription("List those in this state; default: all"),
      Flag.optional
    ),
    limit: limitFlag
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const state = Option.getOrUndefined(given.state)
    const rows = yield* firstItems(given.limit, (page) => listProposals(open, { state }, page))
    yield* print(
      json,
      rows.map(proposalRowJson),
      columns([
        ["NUMBER", "STATE", "FROM", "TO", "AUTHOR", "TITLE"],
        ...rows.map((row) => [String(row.number), row.state, row.from, row.to, row.author, row.title])
      ])
    )
  })
).pipe(
  Command.withDescription(
    `List the proposals of a repository, newest first. With --json: an array of objects with ${rowFields}.`
  ),
  Command.withShortDescription("List proposals"),
  Command.withExamples([
    { command: "musehub proposal list ada/symphony --state open", description: "The open proposals" }
  ]),
  Command.provide(presentStorage)
)
