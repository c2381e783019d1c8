/** `musehub repo archive` and `unarchive`: make a repository read-only, and end that. */
import { fullNameText } from "@musehub/domain/repository/Names"
import { setArchived } from "@musehub/domain/usecase/repositories/archiveRepository"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

const fields =
  "With --json, after the change: repoId, owner, slug, name, visibility, archived, forkOf, domain, defaultBranch, " +
  "description, createdAt."

export const archive = Command.make(
  "archive",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const repository = yield* setArchived(yield* opened(given, "oversee"), true)
    yield* print(json, repositoryJson(repository), `${fullNameText(repository)} is archived`)
  })
).pipe(
  Command.withDescription(
    `Make a repository read-only: it is cloned as before, and every change is refused. ${fields}`
  ),
  Command.withShortDescription("Make a repository read-only"),
  Command.withExamples([{ command: "musehub repo archive ada/symphony", description: "Nothing changes it any more" }]),
  Command.provide(storage)
)

export const unarchive = Command.make(
  "unarchive",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const repository = yield* setArchived(yield* opened(given, "oversee"), false)
    yield* print(json, repositoryJson(repository), `${fullNameText(repository)} can be changed`)
  })
).pipe(
  Command.withDescription(`Let an archived repository be changed again. ${fields}`),
  Command.withShortDescription("Let an archived repository be changed again"),
  Command.withExamples([{ command: "musehub repo unarchive ada/symphony", description: "Undo archive" }]),
  Command.provide(storage)
)
