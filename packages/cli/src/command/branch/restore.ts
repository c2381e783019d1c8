/** `musehub branch restore`: a branch back where it was, after a force push or a deletion that should not have been. */
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { commitArgument, commitFlag, opened, repositoryInput } from "../repository.ts"
import { branchArgument, branchJson, branchLine } from "./view.ts"

export const restore = Command.make(
  "restore",
  {
    ...repositoryInput,
    name: branchArgument,
    commit: commitArgument.pipe(Argument.withDescription("Where the branch was, from `musehub branch reflog`")),
    expect: commitFlag("expect").pipe(Flag.withDescription("Only if this is still its head"), Flag.optional)
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { commit, name } = given
    const expect = Option.getOrUndefined(given.expect)
    const branch = yield* restoreBranch(yield* opened(given, "write"), name, { commit, expect })
    yield* print(json, branchJson(branch), branchLine(branch))
  })
).pipe(
  Command.withDescription(
    "Put a branch back on a commit where it was before, making it again where it was deleted. With --json: " +
      "name, head, isDefault, protection (approvals and selfApproval, or null)."
  ),
  Command.withShortDescription("Put a branch back where it was"),
  Command.withExamples([
    { command: "musehub branch restore ada/symphony finale COMMIT", description: "COMMIT as the reflog names it" }
  ]),
  Command.provide(storage)
)
