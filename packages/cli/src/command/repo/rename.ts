/** `musehub repo rename`: gives a repository another name; the former one leads to it. */
import { RepositoryName } from "@musehub/domain/repository/Names"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

export const rename = Command.make(
  "rename",
  {
    ...repositoryInput,
    name: Argument.String("NAME").pipe(
      Argument.withDescription("Any text; the name in URLs is derived from it"),
      Argument.filterMap(Schema.decodeUnknownOption(RepositoryName), () => "1 to 255 characters")
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const repository = yield* changeSettings(yield* opened(given, "admin"), { name: given.name })
    const { name, owner, slug } = repository
    yield* print(json, repositoryJson(repository), `${owner}/${slug}  ${shown(name)}`)
  })
).pipe(
  Command.withDescription(
    "Give a repository another name. The former name leads to the new one: the API redirects, and muse is told which " +
      "address to set. It does so until another repository of the owner gets the former name. With --json, after the " +
      "change: repoId, owner, slug, name, visibility, archived, forkOf, domain, defaultBranch, description, createdAt."
  ),
  Command.withShortDescription("Give a repository another name"),
  Command.withExamples([
    { command: "musehub repo rename ada/symphony tunes", description: "ada/symphony is ada/tunes from now on" }
  ]),
  Command.provide(storage)
)
