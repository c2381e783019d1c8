/** `musehub branch protect` and `unprotect`: set and remove the rules for changing a branch. */
import { Protection } from "@musehub/domain/repository/Root"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchArgument, protectionText } from "./view.ts"

export const protect = Command.make(
  "protect",
  {
    ...repositoryInput,
    name: branchArgument,
    approvals: Flag.Int("approvals").pipe(
      Flag.withMetavar("COUNT"),
      Flag.withDescription(
        "Approvals that a proposal needs (default 0); with one or more, direct pushes to the branch are refused"
      ),
      Flag.filter(Schema.is(Protection.fields.approvals), () => "a whole number from 0 to 10"),
      Flag.withDefault(0)
    ),
    selfApproval: Flag.Boolean("self-approval").pipe(
      Flag.withDescription("Let the author of a proposal approve it"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { name } = given
    const { approvals, selfApproval } = yield* protectBranch(yield* opened(given, "admin"), name, given)
    const protection = { approvals, selfApproval }
    yield* print(json, { name, protection }, `${shown(name)}  ${protectionText(protection)}`)
  })
).pipe(
  Command.withDescription(
    "Protect a branch, or replace its protection: it cannot be force-pushed, renamed, restored or deleted. The " +
      "branch need not exist yet. With --json: name, protection (approvals and selfApproval)."
  ),
  Command.withShortDescription("Protect a branch"),
  Command.withExamples([
    { command: "musehub branch protect ada/symphony main", description: "Allow fast-forwards only" },
    { command: "musehub branch protect ada/symphony main --approvals 2", description: "Allow approved proposals only" }
  ]),
  Command.provide(storage)
)

export const unprotect = Command.make(
  "unprotect",
  { ...repositoryInput, name: branchArgument },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { name } = given
    yield* unprotectBranch(yield* opened(given, "admin"), name)
    yield* print(json, { name, protection: null }, `${shown(name)}  ${protectionText(null)}`)
  })
).pipe(
  Command.withDescription(
    "Remove the protection of a branch. Does nothing if there is none. With --json: name, protection (null)."
  ),
  Command.withShortDescription("Remove the protection of a branch"),
  Command.withExamples([
    { command: "musehub branch unprotect ada/symphony main", description: "Allow every change to all writers" }
  ]),
  Command.provide(storage)
)
