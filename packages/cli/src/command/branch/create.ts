/** `musehub branch create`: creates a branch at an existing commit. */
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { warn } from "../../warnings.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchFields, branchJson, branchLine } from "./view.ts"

export const create = Command.make(
  "create",
  {
    ...repositoryInput,
    name: branchArgument,
    from: Flag.String("from").pipe(
      Flag.withMetavar("BRANCH|COMMIT"),
      Flag.withDescription("Where it starts: a branch, or any commit that a branch has reached")
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { from, name } = given
    const branch = yield* createBranch(yield* opened(given, "write"), { name, from })
    yield* warn(branch.warnings)
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(`Create a branch. With --json: ${branchFields}.`),
  Command.withShortDescription("Create a branch"),
  Command.withExamples([
    {
      command: "musehub branch create ada/symphony finale --from main",
      description: "A branch that starts at the head of main"
    }
  ]),
  Command.provide(storage)
)
