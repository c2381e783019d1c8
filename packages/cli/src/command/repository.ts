/**
 * The arguments that commands about one repository share: the repository, the acting user, ids and texts. The policy is
 * checked for every user, including the owner.
 */
import { CommitId } from "@musehub/domain/object/Id"
import { Discourse } from "@musehub/domain/repository/Proposal"
import { type Access, actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { Effect, Option, Schema } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { owned, userFlag } from "./names.ts"

export const repositoryInput = {
  repository: Argument.String("OWNER/SLUG").pipe(
    Argument.withDescription("The repository, as `musehub repo list` names it"),
    Argument.filterMap(owned, () => "OWNER/SLUG")
  ),
  as: userFlag("as").pipe(
    Flag.withDescription("Act as this user, with that user's access; default: the owner"),
    Flag.optional
  )
}

/** Opens the repository with the access that the command needs. The acting user must exist on the hub. */
export const opened = Effect.fnUntraced(function* <A extends Access>(
  { as, repository: { owner, rest } }: Command.Command.Config.Infer<typeof repositoryInput>,
  access: A
) {
  const user = Option.isSome(as) ? (yield* showUser(as.value)).name : owner
  return yield* openRepository(owner, rest, actingAs(user), access)
})

const decodeCommit = Schema.decodeUnknownOption(CommitId)
const acceptedCommit = "the 64 hexadecimal digits of a commit"

export const commitFlag = (name: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("COMMIT"),
    Flag.filterMap(decodeCommit, () => acceptedCommit)
  )

export const commitArgument = Argument.String("COMMIT").pipe(Argument.filterMap(decodeCommit, () => acceptedCommit))

/** Creates a flag for a text of any number of lines. */
export const discourseFlag = (name: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TEXT"),
    Flag.filterMap(Schema.decodeUnknownOption(Discourse), () => "at most 65,536 characters")
  )

const countMax = 10_000

const countDefault = 100

/** Limits the output of a long list. */
export const limitFlag = Flag.Int("limit").pipe(
  Flag.withMetavar("COUNT"),
  Flag.withDescription(`The most entries to show, up to ${countMax} (default ${countDefault})`),
  Flag.filter(
    (count) => count >= 1 && count <= countMax,
    () => `a whole number from 1 to ${countMax}`
  ),
  Flag.withDefault(countDefault)
)
