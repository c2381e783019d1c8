/** `musehub branch delete`: takes a branch away; its reflog says where it was. */
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
    expect: commitFlag("expect").pipe(Flag.withDescription("Only if this is still its head"), Flag.optional)
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { name } = given
    yield* deleteBranch(yield* opened(given, "write"), name, { expect: Option.getOrUndefined(given.expect) })
    yield* print(json, { name }, `deleted ${shown(name)}`)
  })
).pipe(
  Command.withDescription(
    "Delete a branch. Its commits stay, and `musehub branch restore` brings it back. The default branch and " +
      "protected ones are kept. With --json: name."
  ),
  Command.withShortDescription("Delete a branch"),
  Command.withExamples([{ command: "musehub branch delete ada/symphony finale", description: "Wherever it is" }]),
  Command.provide(storage)
)
