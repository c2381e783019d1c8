/** `musehub repo settings`: changes settings of a repository; those not given stay. */
import { Description } from "@musehub/domain/repository/Names"
import { Visibility } from "@musehub/domain/repository/Root"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { Effect, Option, Schema } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { opened, repositoryInput } from "../repository.ts"
import { repositoryJson } from "./view.ts"

const input = {
  ...repositoryInput,
  description: Flag.String("description").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("A description"),
    Flag.filterMap(Schema.decodeUnknownOption(Description), () => "at most 10,000 characters"),
    Flag.optional
  ),
  visibility: Flag.Literals("visibility", Visibility.literals).pipe(
    Flag.withDescription("Who may read it without a role"),
    Flag.optional
  ),
  defaultBranch: Flag.String("default-branch").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("The branch that a clone checks out"),
    Flag.optional
  )
}

export const settings = Command.make(
  "settings",
  input,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "admin")
    const repository = yield* changeSettings(open, {
      description: Option.getOrUndefined(given.description),
      visibility: Option.getOrUndefined(given.visibility),
      defaultBranch: Option.getOrUndefined(given.defaultBranch)
    })
    const { defaultBranch, owner, slug, visibility } = repository
    yield* print(json, repositoryJson(repository), `${owner}/${slug}  ${visibility}  ${shown(defaultBranch)}`)
  })
).pipe(
  Command.withDescription(
    "Change the settings of a repository. With --json, after the change: repoId, owner, slug, name, " +
      "visibility, archived, forkOf, domain, defaultBranch, description, createdAt."
  ),
  Command.withShortDescription("Change description, visibility or default branch"),
  Command.withExamples([
    { command: "musehub repo settings ada/symphony --visibility public", description: "Make it readable for everyone" }
  ]),
  Command.provide(storage),
  Command.validate(({ defaultBranch, description, visibility }) =>
    [defaultBranch, description, visibility].some(Option.isSome)
      ? Effect.void
      : new CliError.ValidationError({ message: "name at least one of --description, --visibility, --default-branch" })
  )
)
