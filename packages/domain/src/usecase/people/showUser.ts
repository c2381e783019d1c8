/** Looks up a user. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { readUser } from "../../invariant/HubDocuments.ts"
import { UserName } from "../../repository/Names.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { User } from "../../hub/User.ts"

/** The hub has no user with this name. */
export class UserUnknown extends Schema.TaggedError<UserUnknown>()("UserUnknown", {
  kind: errorKind("not found"),
  user: Schema.String
}) {
  override get message() {
    return `there is no user ${JSON.stringify(cut(this.user, 100))}`
  }
}

const decodeName = Schema.decodeUnknownOption(UserName)

export type ShowUserError = UserUnknown | ObjectCorrupt | StoreUnavailable

/** Returns a user by name from the store, so it works while the index is down. */
export const showUser = Effect.fn("showUser")(function* (
  nameText: string
): Effect.fn.Return<User, ShowUserError, ObjectStore> {
  const unknown = new UserUnknown({ user: nameText })
  const name = yield* Effect.mapError(Effect.fromOption(decodeName(nameText)), () => unknown)
  const found = yield* readUser(name)
  return yield* Effect.mapError(Effect.fromOption(found), () => unknown)
})
