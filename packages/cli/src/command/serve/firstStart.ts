/**
 * The first start of a hub: a store without users gets a user with a token, so that a first push is possible. The
 * process that creates the user creates the token; of two hubs that start at once on one store, only one does.
 */
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { slugOf, UserName } from "@musehub/domain/repository/Names"
import { createToken, ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Option, type Redacted, Schema } from "effect"
import { userInfo } from "node:os"

/** The user and token of the first start. The secret is stored nowhere. */
export interface FirstUser {
  readonly user: UserName
  readonly secret: Redacted.Redacted
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
export const firstStart = Effect.fn("firstStart")(function* (wanted: Option.Option<UserName>) {
  const store = yield* ObjectStore
  const users = yield* store.documents.list({ kind: "hub", collection: "users" }, { limit: 1 })
  if (users.items.length > 0) return Option.none<FirstUser>()
  const user = Option.isSome(wanted) ? wanted.value : yield* systemUser
  if (!(yield* ensureUser(user))) return Option.none<FirstUser>()
  const { secret } = yield* createToken({ user, scope: "admin", repository: null, lifetimeMillis: null })
  return Option.some<FirstUser>({ user, secret })
})
