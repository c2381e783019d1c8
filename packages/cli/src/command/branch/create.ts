/** `musehub branch create`: a new branch on a commit that is there already. */
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchJson, branchLine } from "./view.ts"

export const create = Command.make(
  "create",
  {
    ...repositoryInput,
    name: branchArgument,
    from: Flag.String("from").pipe(
      Flag.withMetavar("BRANCH|COMMIT"),
      Flag.withDescription("Where it begins: the head of a branch, or any commit that a branch ever led to")
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { from, name } = given
    const branch = yield* createBranch(yield* opened(given, "write"), { name, from })
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(
    "Make a branch. With --json: name, head, isDefault, protection (approvals and selfApproval, or null)."
  ),
  Command.withShortDescription("Make a branch"),
  Command.withExamples([
    { command: "musehub branch create ada/symphony finale --from main", description: "One that begins where main is" }
  ]),
  Command.provide(storage)
)
