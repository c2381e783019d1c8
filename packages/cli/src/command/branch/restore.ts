/** `musehub branch restore`: moves a branch back to a former head, after a force push or a deletion by mistake. */
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { warn } from "../../warnings.ts"
import { musehub, storage } from "../musehub.ts"
import { commitArgument, commitFlag, opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchFields, branchJson, branchLine } from "./view.ts"

export const restore = Command.make(
  "restore",
  {
    ...repositoryInput,
    name: branchArgument,
    commit: commitArgument.pipe(Argument.withDescription("A former head of the branch, from `musehub branch reflog`")),
    expect: commitFlag("expect").pipe(Flag.withDescription("Restore only if this is still the head"), Flag.optional)
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { commit, name } = given
    const expect = Option.getOrUndefined(given.expect)
    const branch = yield* restoreBranch(yield* opened(given, "write"), name, { commit, expect })
    yield* warn(branch.warnings)
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(
    `Move a branch back to a former head, or recreate a deleted branch there. With --json: ${branchFields}.`
  ),
  Command.withShortDescription("Move a branch back to a former head"),
  Command.withExamples([
    { command: "musehub branch restore ada/symphony finale COMMIT", description: "With COMMIT from the reflog" }
  ]),
  Command.provide(storage)
)
