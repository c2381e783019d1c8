/** `musehub branch rename`: renames a branch; the default branch and open proposals follow. */
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { warn } from "../../warnings.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchFields, branchJson, branchLine } from "./view.ts"

export const rename = Command.make(
  "rename",
  {
    ...repositoryInput,
    name: branchArgument,
    newName: Argument.String("NEW-NAME").pipe(Argument.withDescription("Its new name"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const branch = yield* renameBranch(yield* opened(given, "write"), given.name, given.newName)
    yield* warn(branch.warnings)
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(
    "Rename a branch. The default branch and open proposals follow; a protected branch keeps its name. With " +
      `--json, after the change: ${branchFields}.`
  ),
  Command.withShortDescription("Rename a branch"),
  Command.withExamples([
    { command: "musehub branch rename ada/symphony master main", description: "The default branch may be renamed, too" }
  ]),
  Command.provide(storage)
)
