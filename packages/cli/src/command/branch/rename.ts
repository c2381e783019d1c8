/** `musehub branch rename`: a branch under another name; the default branch and open proposals follow. */
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchJson, branchLine } from "./view.ts"

export const rename = Command.make(
  "rename",
  {
    ...repositoryInput,
    name: branchArgument,
    newName: Argument.String("NEW-NAME").pipe(Argument.withDescription("What it is to be called"))
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const branch = yield* renameBranch(yield* opened(given, "write"), given.name, given.newName)
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(
    "Rename a branch. The default branch and open proposals follow; a protected branch keeps its name. With " +
      "--json, as it is then: name, head, isDefault, protection (null)."
  ),
  Command.withShortDescription("Rename a branch"),
  Command.withExamples([
    { command: "musehub branch rename ada/symphony master main", description: "Also where clones begin with it" }
  ]),
  Command.provide(storage)
)
