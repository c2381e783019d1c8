/**
 * The first start of a hub: a store without users gets a user with a token, so that a first push is possible. The
 * process that creates the user creates the token; of two hubs that start at once on one store, only one does. The
 * token is shown on a terminal alone: the output of a service is a log that others read, so it gets the name of a file.
 */
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { SecretGenerator } from "@musehub/domain/port/SecretGenerator"
import { slugOf, UserName } from "@musehub/domain/repository/Names"
import { createLink, type IssuedLink } from "@musehub/domain/usecase/people/signIn/links"
import { createToken, ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Option, type Redacted, Schema } from "effect"
import { userInfo } from "node:os"
import { resolve } from "node:path"
import type { Given } from "../../config/Setting.ts"
import { requireWritable, writeToken } from "./firstTokenFile.ts"

/** The user of the first start, and the token and the sign-in link to show, or the file that the token is in. */
export interface FirstUser {
  readonly user: UserName
  readonly token:
    | { readonly _tag: "Shown"; readonly secret: Redacted.Redacted; readonly link: IssuedLink }
    | { readonly _tag: "InFile"; readonly path: string }
}

/** Where the token of the first start goes. */
export interface FirstTokenPlace {
  /** Whether only the one who starts the hub sees its output. */
  readonly isTerminal: boolean
  readonly file: Given<string>
}

const anyName = UserName.make("admin")

/** Derives a user name from the operating system's user; `admin` if that is not possible. */
export const systemUser: Effect.Effect<UserName> = Effect.try({
  try: () => userInfo().username,
  catch: (cause) => cause
}).pipe(
  Effect.tapError((cause) => Effect.logDebug("the system does not say who runs the hub", cause)),
  Effect.map((name) =>
    Option.getOrElse(Schema.decodeUnknownOption(UserName)(/[a-z0-9]/i.test(name) ? slugOf(name) : ""), () => anyName)
  ),
  Effect.orElseSucceed(() => anyName)
)

/** Creates the first user and an admin token, if the store has no user yet. */
export const firstStart = Effect.fn("firstStart")(function* (
  wanted: Option.Option<UserName>,
  { file, isTerminal }: FirstTokenPlace
) {
  const store = yield* ObjectStore
  const users = yield* store.documents.list({ kind: "hub", collection: "users" }, { limit: 1 })
  if (users.items.length > 0) return Option.none<FirstUser>()
  if (!isTerminal) yield* requireWritable(file)
  const user = Option.isSome(wanted) ? wanted.value : yield* systemUser
  if (!(yield* ensureUser(user))) return Option.none<FirstUser>()
  const secret = (yield* SecretGenerator)()
  // Before the token is valid: one that is in no file would be lost.
  if (!isTerminal) yield* writeToken(file, secret)
  yield* createToken({ user, scope: "admin", repository: null, lifetimeMillis: null }).pipe(
    Effect.provideService(SecretGenerator, () => secret)
  )
  return Option.some<FirstUser>({
    user,
    token: isTerminal
      ? { _tag: "Shown", secret, link: yield* createLink(user, null) }
      : { _tag: "InFile", path: resolve(file.value) }
  })
})
