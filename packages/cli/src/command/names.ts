/** Names that several commands take, checked by the domain's own schemas before any command runs. */
import { UserName } from "@musehub/domain/repository/Names"
import { Option, Schema } from "effect"
import { Flag } from "effect/cli"
import { acceptedUser } from "../config/Configuration.ts"

/** A flag that holds the name of a user. */
export const userFlag = (name: string): Flag.Flag<UserName> =>
  Flag.String(name).pipe(
    Flag.withMetavar("NAME"),
    Flag.filterMap(Schema.decodeUnknownOption(UserName), () => acceptedUser)
  )

/** An owner, and what stands after the first slash. */
export interface Owned {
  readonly owner: UserName
  readonly rest: string
}

/** Splits `owner/rest`; none when the owner cannot be one or nothing follows. */
export const owned = (text: string): Option.Option<Owned> => {
  const slash = text.indexOf("/")
  const rest = text.slice(slash + 1)
  return slash < 0 || rest === ""
    ? Option.none()
    : Option.map(Schema.decodeUnknownOption(UserName)(text.slice(0, slash)), (owner) => ({ owner, rest }))
}
