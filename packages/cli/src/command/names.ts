/** Names that several commands take, checked by the domain's schemas before the command runs. */
import { UserName } from "@musehub/domain/repository/Names"
import { Option, Schema } from "effect"
import { Flag } from "effect/cli"
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
