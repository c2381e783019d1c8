/** `musehub proposal open`: opens a proposal to merge one branch into another. */
import { Discourse } from "@musehub/domain/repository/Proposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { viewOf } from "@musehub/domain/usecase/proposals/showProposal"
import { proposalJson } from "@musehub/domain/usecase/proposals/proposalJson"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { discourseFlag, opened, repositoryInput } from "../repository.ts"
import { titleFlag } from "./input.ts"
import { proposalLine, viewFields } from "./view.ts"

const branchFlag = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("BRANCH"), Flag.withDescription(description))

export const open = Command.make(
  "open",
  {
    ...repositoryInput,
    from: branchFlag("from", "The branch to merge"),
    to: branchFlag("to", "The branch to merge it into"),
    title: titleFlag,
    body: discourseFlag("body").pipe(
      Flag.withDescription("The reasons, and what reviewers should look at"),
      Flag.withDefault(Discourse.make(""))
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { body, from, title, to } = given
    const repository = yield* opened(given, "participate")
    const proposal = yield* openProposal(repository, { title, body, from, to })
    const view = yield* viewOf(repository, repository.root.value, { ...proposal, proposal })
    yield* print(json, proposalJson(view), proposalLine(view))
  })
).pipe(
  Command.withDescription(`Propose to merge one branch into another. With --json: ${viewFields}.`),
  Command.withShortDescription("Propose to merge a branch"),
  Command.withExamples([
    {
      command: 'musehub proposal open ada/symphony --from finale --to main --title "A finale" --as grace',
      description: "Grace proposes to merge finale into main"
    }
  ]),
  Command.provide(storage)
)
