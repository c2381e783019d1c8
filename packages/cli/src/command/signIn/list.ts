/** `musehub session list`: lists the browsers in which a user is signed in. */
import { listSessions } from "@musehub/domain/usecase/people/signIn/sessions"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { userFlag } from "../names.ts"

export const list = Command.make(
  "list",
  { user: userFlag("user").pipe(Flag.withDescription("Whose sessions")) },
  Effect.fn(function* ({ user }) {
    const { json } = yield* musehub
    const sessions = yield* listSessions(user)
    yield* print(
      json,
      sessions.map(({ createdAt, expiresAt, id, lastUsedOn, userAgent }) => ({
        id,
        createdAt,
        lastUsedOn,
        expiresAt,
        userAgent
      })),
      columns([
        ["ID", "CREATED", "LAST USED", "EXPIRES", "BROWSER"],
        ...sessions.map(({ createdAt, expiresAt, id, lastUsedOn, userAgent }) => [
          id,
          createdAt,
          lastUsedOn,
          expiresAt,
          userAgent
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "List the browsers in which a user is signed in, in order of their beginning. With --json: an array of objects " +
      "with id, createdAt, lastUsedOn (a day), expiresAt, userAgent."
  ),
  Command.withShortDescription("List the browsers of a user"),
  Command.provide(presentStorage)
)
