/** `musehub repo delete` and `undelete`: take a repository away, and bring it back as it was. */
import { fullNameText } from "@musehub/domain/repository/Names"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Effect } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

export const deleteCommand = Command.make(
  "delete",
  {
    ...repositoryInput,
    yes: Flag.Boolean("yes").pipe(Flag.withDescription("Really delete it"), Flag.withDefault(false))
  },
  Effect.fn(function* ({ yes, ...given }) {
    const { json } = yield* musehub
    const open = yield* opened(given, "oversee")
    const name = fullNameText(open.root.value.repository)
    if (!yes) {
      const message = `nothing was deleted: add --yes to delete ${name} with all its branches, releases and proposals`
      return yield* new CliError.ValidationError({ message })
    }
    const repository = yield* deleteRepository(open)
    const undo = `to undo that, within 14 days at least: musehub repo undelete ${name}`
    yield* print(json, repositoryJson(repository), `${name} is deleted; ${undo}`)
  })
).pipe(
  Command.withDescription(
    "Delete a repository: from now on it answers as one that does not exist, to everybody and everywhere. Its bytes " +
      "stay in the object store for 14 days at least, and it keeps its name, so that musehub repo undelete brings it " +
      "back as it was. After that, musehub gc deletes them for good, and the name is free. " +
      "URLs that were signed for downloads before work until they expire. Needs the role admin, and --yes. With " +
      "--json: the repository as it was."
  ),
  Command.withShortDescription("Delete a repository; repo undelete undoes it"),
  Command.withExamples([{ command: "musehub repo delete ada/symphony --yes", description: "Nobody sees it any more" }]),
  Command.provide(storage)
)

export const undelete = Command.make(
  "undelete",
  repositoryInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const repository = yield* undeleteRepository(yield* opened(given, "undelete"))
    yield* print(json, repositoryJson(repository), `${fullNameText(repository)} is there, as it was`)
  })
).pipe(
  Command.withDescription(
    "Undo the deletion of a repository: its branches, tags, releases, proposals, roles and rules are as they were. " +
      "Does nothing if it is not deleted. Refused once musehub gc has begun to delete its bytes. With --json: " +
      "the repository."
  ),
  Command.withShortDescription("Undo the deletion of a repository"),
  Command.withExamples([{ command: "musehub repo undelete ada/symphony", description: "It is there again" }]),
  Command.provide(storage)
)
