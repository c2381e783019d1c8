/** Looks up a user. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { readUser } from "../../invariant/HubDocuments.ts"
import { UserName } from "../../repository/Names.ts"

/** The hub has no user with this name. */
export class UserUnknown extends Schema.TaggedError<UserUnknown>()("UserUnknown", {
  kind: errorKind("not found"),
  user: Schema.String
}) {
  override get message() {
    return `there is no user ${JSON.stringify(this.user.slice(0, 100))}`
  }
}

const decodeName = Schema.decodeUnknownOption(UserName)

/** Returns a user by name from the store, so it works while the index is down. Fails with `UserUnknown`. */
export const showUser = Effect.fn("showUser")(function* (nameText: string) {
  const unknown = new UserUnknown({ user: nameText })
  const name = yield* Effect.mapError(Effect.fromOption(decodeName(nameText)), () => unknown)
  const found = yield* readUser(name)
  return yield* Effect.mapError(Effect.fromOption(found), () => unknown)
})
