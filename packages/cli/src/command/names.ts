/** Names that several commands take, checked by the domain's schemas before the command runs. */
import { UserName } from "@musehub/domain/repository/Names"
import { repositoriesNamed } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { Effect, Option, Schema } from "effect"
import { CliError, Flag } from "effect/cli"
import { acceptedUser } from "../config/Configuration.ts"

/** Creates a flag for the name of a user. */
export const userFlag = (name: string): Flag.Flag<UserName> =>
  Flag.String(name).pipe(
    Flag.withMetavar("NAME"),
    Flag.filterMap(Schema.decodeUnknownOption(UserName), () => acceptedUser)
  )

/** An owner, and the text after the first slash. */
export interface Owned {
  readonly owner: UserName
  readonly rest: string
}

/** Splits `owner/rest`; none if the owner is not a valid user name or `rest` is empty. */
export const owned = (text: string): Option.Option<Owned> => {
  const slash = text.indexOf("/")
  const rest = text.slice(slash + 1)
  return slash < 0 || rest === ""
    ? Option.none()
    : Option.map(Schema.decodeUnknownOption(UserName)(text.slice(0, slash)), (owner) => ({ owner, rest }))
}

/** Creates a flag for any number of repositories. */
export const repositoriesFlag = (description: string) =>
  Flag.String("repo").pipe(
    Flag.withMetavar("OWNER/SLUG"),
    Flag.withDescription(description),
    Flag.filterMap(owned, () => "OWNER/SLUG"),
    Flag.atLeast(0)
  )

/** Returns the ids of repositories that flags name. */
export const idsOf = (repositories: ReadonlyArray<Owned>) =>
  repositoriesNamed(repositories.map(({ owner, rest }) => ({ owner, slug: rest }))).pipe(
    Effect.catchTag("RepositoryUnknown", ({ name }) =>
      Effect.fail(new CliError.ValidationError({ message: `--repo: the hub has no repository ${name}` }))
    )
  )
