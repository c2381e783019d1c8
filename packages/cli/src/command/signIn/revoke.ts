/** `musehub session revoke`: signs a browser of a user out, or all of them. */
import { staleMillisMax } from "@musehub/domain/usecase/people/believing"
import { layer as knownSignIns } from "@musehub/domain/usecase/people/signIn/KnownSignIns"
import { endSession, endSessions } from "@musehub/domain/usecase/people/signIn/sessions"
import { Effect, Layer, Option } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { userFlag } from "../names.ts"

const seconds = staleMillisMax / 1000

export const revoke = Command.make(
  "revoke",
  {
    id: Argument.String("ID").pipe(
      Argument.withDescription("The session's id, from `musehub session list`"),
      Argument.optional
    ),
    user: userFlag("user").pipe(Flag.withDescription("Whose session")),
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("End all sessions of the user, and the link that is unused"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* ({ all, id, user }) {
    const { json } = yield* musehub
    if (all === Option.isSome(id)) {
      return yield* new CliError.ValidationError({ message: "name the id of one session, or --all" })
    }
    if (Option.isSome(id)) yield* endSession(user, id.value)
    else yield* endSessions(user)
    const what = Option.match(id, { onNone: () => "all sessions", onSome: (one) => `session ${shown(one)}` })
    yield* print(
      json,
      { user, id: Option.getOrNull(id) },
      `revoked ${what} of ${user}; every running hub refuses them within ${seconds} seconds`
    )
  })
).pipe(
  Command.withDescription(
    "Sign a browser of a user out, or with --all every one. With --json: user, id (null with --all). Running hubs " +
      `refuse the session within ${seconds} seconds.`
  ),
  Command.withShortDescription("Sign browsers of a user out"),
  Command.provide(Layer.provideMerge(knownSignIns, storage))
)
