/**
 * The remote and the branch of `pull` and `push`, named as the `muse` client takes them: `REMOTE BRANCH`. With
 * `--remote`, the branch is named alone.
 */
import { defaultRemote } from "@musehub/client/operation/open"
import { Effect, Option } from "effect"
import { Argument, CliError, Flag } from "effect/cli"

const remoteText = `The remote in .muse/config.toml that names the hub (default: ${defaultRemote})`

/** Creates the arguments; `branchText` and `oneText` describe the branch, and what one name alone means. */
export const placesInput = (branchText: string, oneText: string) => ({
  first: Argument.String("REMOTE").pipe(Argument.withDescription(`${remoteText}. ${oneText}`), Argument.optional),
  second: Argument.String("BRANCH").pipe(Argument.withDescription(branchText), Argument.optional),
  remote: Flag.String("remote").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("The same remote, by flag; a name alone is the branch then"),
    Flag.optional
  )
})

export interface Named {
  readonly first: Option.Option<string>
  readonly second: Option.Option<string>
  readonly remote: Option.Option<string>
}

export interface Places {
  readonly remote?: string | undefined
  readonly branch?: string | undefined
}

/** Finds remote and branch; `one` says what a name means that stands alone. */
export const placesOf = <E>(
  { first, second, remote }: Named,
  one: (name: string) => Effect.Effect<Places, E>
): Effect.Effect<Places, E | CliError.ValidationError> => {
  if (Option.isSome(remote)) {
    return Option.isSome(second)
      ? new CliError.ValidationError({ message: "name the remote either before the branch or with --remote" })
      : Effect.succeed({ remote: remote.value, branch: Option.getOrUndefined(first) })
  }
  if (Option.isNone(first)) return Effect.succeed({})
  return Option.isSome(second) ? Effect.succeed({ remote: first.value, branch: second.value }) : one(first.value)
}
