/**
 * `musehub login`: prints a link that signs a browser in, once. Beside the store it makes the link itself; elsewhere it
 * asks the hub for one, with a token.
 */
import { requestLink } from "@musehub/client/operation/requestLink"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { linkUrl } from "@musehub/domain/usecase/people/signIn/linkUrl"
import { Effect, Option, Schema } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { readListen } from "../../config/Configuration.ts"
import { readProxies } from "../../config/proxy.ts"
import { hint, print, shown } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { userFlag } from "../names.ts"
import { localUrl } from "../serve/localUrl.ts"
import { readCredentials } from "../transfer/credentials.ts"
import { tokenFlag } from "../transfer/flags.ts"

/** Returns the only user of the hub. */
const onlyUser = Effect.gen(function* () {
  const { documents } = yield* ObjectStore
  const { items } = yield* documents.list({ kind: "hub", collection: "users" }, { limit: 2 })
  const [user, ...others] = items.flatMap((name) => Option.toArray(Schema.decodeUnknownOption(UserName)(name)))
  if (user !== undefined && others.length === 0) return user
  const message =
    user === undefined
      ? "the hub has no user yet; musehub user create NAME makes one"
      : "the hub has several users; say with --user whom the link signs in"
  return yield* new CliError.ValidationError({ message })
})

/** Returns the URL at which the hub's users have it, by the settings. */
const configuredUrl = Effect.gen(function* () {
  const { publicUrl } = yield* readProxies
  if (publicUrl !== undefined) return publicUrl
  const { host, port } = yield* readListen({ host: Option.none(), port: Option.none() })
  return localUrl(`http://${host.includes(":") ? `[${host}]` : host}:${port}`)
})

const made = Effect.fnUntraced(function* (wanted: Option.Option<UserName>) {
  const { code, expiresAt, user } = yield* createLink(Option.isSome(wanted) ? wanted.value : yield* onlyUser, null)
  return { url: linkUrl(yield* configuredUrl, code), user, expiresAt }
})

export const login = Command.make(
  "login",
  {
    user: userFlag("user").pipe(
      Flag.withDescription("Whom the link signs in; may be left out where the hub has one user"),
      Flag.optional
    ),
    hub: Flag.String("hub").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription("Ask this hub for the link, with a token, which says whom it signs in"),
      Flag.optional
    ),
    token: tokenFlag
  },
  Effect.fn(function* ({ hub, token, user }) {
    const { json } = yield* musehub
    if (Option.isSome(hub) && Option.isSome(user)) {
      const message = "--hub goes without --user: the token says whom the link signs in"
      return yield* new CliError.ValidationError({ message })
    }
    const link = Option.isSome(hub)
      ? yield* requestLink(hub.value, yield* readCredentials(token))
      : yield* Effect.provide(made(user), storage)
    yield* print(json, { ...link }, shown(link.url))
    if (!json) {
      yield* hint(
        `Open this link in your browser before ${shown(link.expiresAt)}. It works once: who opens it first is ` +
          "signed in with all your rights: give it to nobody."
      )
    }
  })
).pipe(
  Command.withDescription(
    "Print a link that signs a browser in, once, within 10 minutes; it takes the place of an earlier one. Beside the " +
      "store, for any user; with --hub, for the user of a token of admin scope. With --json: url, expiresAt, and " +
      "user unless --hub is given."
  ),
  Command.withShortDescription("Print a link that signs a browser in"),
  Command.withExamples([
    { command: "musehub login --user ada", description: "For ada, beside the hub's store" },
    { command: "musehub login --hub https://hub.example", description: "With a token, from anywhere" }
  ])
)
