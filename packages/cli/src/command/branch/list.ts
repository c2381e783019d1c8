/** `musehub branch list`: lists the branches of a repository with their heads. */
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { allPages, columns, print } from "../../output.ts"
import { warn } from "../../warnings.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { branchFields, branchJson, protectionText } from "./view.ts"

export const list = Command.make(
  "list",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "read")
    const branches = yield* allPages((page) => listBranches(open, page))
    yield* warn(branches.flatMap(({ warnings }) => warnings))
    yield* print(
      json,
      branches.map(branchJson),
      columns([
        ["BRANCH", "HEAD", "DEFAULT", "PROTECTION"],
        ...branches.map(({ head, isDefault, name, protection }) => [
          name,
          head,
          isDefault ? "default" : "",
          protectionText(protection)
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    `List the branches of a repository in order of name. With --json: an array of objects with ${branchFields}.`
  ),
  Command.withShortDescription("List the branches"),
  Command.withExamples([{ command: "musehub branch list ada/symphony --json", description: "For a script" }]),
  Command.provide(presentStorage)
)
