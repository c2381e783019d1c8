/** `musehub branch delete`: deletes a branch; its reflog keeps its heads. */
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { commitFlag, opened, repositoryInput } from "../repository.ts"
import { branchArgument } from "./view.ts"

export const remove = Command.make(
  "delete",
  {
    ...repositoryInput,
    name: branchArgument,
    expect: commitFlag("expect").pipe(Flag.withDescription("Delete only if this is still the head"), Flag.optional)
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { name } = given
    yield* deleteBranch(yield* opened(given, "write"), name, { expect: Option.getOrUndefined(given.expect) })
    yield* print(json, { name }, `deleted ${shown(name)}`)
  })
).pipe(
  Command.withDescription(
    "Delete a branch. Its commits stay, and `musehub branch restore` restores it. The default branch and " +
      "protected branches cannot be deleted. With --json: name."
  ),
  Command.withShortDescription("Delete a branch"),
  Command.withExamples([{ command: "musehub branch delete ada/symphony finale", description: "Whatever its head is" }]),
  Command.provide(storage)
)
