/**
 * `musehub token create`: creates a token and shows its secret once. Only the secret goes to stdout, for scripts and
 * pipes.
 */
import { Scope } from "@musehub/domain/hub/Token"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { createToken } from "@musehub/domain/usecase/people/tokens"
import { Effect, Option, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { invocation } from "../../installation.ts"
import { hint, print } from "../../output.ts"
import { musehub, storage } from "../musehub.ts"
import { owned, type Owned, userFlag } from "../names.ts"
import { lifetimeMillis } from "./lifetime.ts"

const expires = "expires"

/** Returns the id of a repository, as its owner finds it. */
const repositoryId = ({ owner, rest }: Owned) =>
  Effect.map(openRepository(owner, rest, actingAs(owner), "read"), ({ id }) => id)

export const create = Command.make(
  "create",
  {
    user: userFlag("user").pipe(Flag.withDescription("The token's user; created if there is no such user")),
    scope: Flag.Literals("scope", Scope.literals).pipe(
      Flag.withDescription("What the token allows; each scope includes the ones before it"),
      Flag.withDefault("write")
    ),
    repository: Flag.String("repository").pipe(
      Flag.withMetavar("OWNER/SLUG"),
      Flag.withDescription("Limit the token to this repository"),
      Flag.filterMap(owned, () => "OWNER/SLUG"),
      Flag.optional
    ),
    expires: Flag.String(expires).pipe(
      Flag.withMetavar("90d|12h|DATE"),
      Flag.withDescription("When the token expires; default: never"),
      Flag.mapEffect(lifetimeMillis(expires)),
      Flag.optional
    )
  },
  Effect.fn(function* (input) {
    const { json } = yield* musehub
    const repository = Option.isSome(input.repository) ? yield* repositoryId(input.repository.value) : null
    const { secret, token } = yield* createToken({
      user: input.user,
      scope: input.scope,
      repository,
      lifetimeMillis: Option.getOrNull(input.expires)
    })
    const { id, user, scope, expiresAt } = token
    const shown = Redacted.value(secret)
    yield* print(json, { token: shown, id, user, scope, repository, expiresAt }, shown)
    if (!json) {
      yield* hint(
        `This is the token of ${user} (scope ${scope}, ` +
          `${expiresAt === null ? "without end" : `until ${expiresAt}`}). It is not shown again. To revoke it: ` +
          `${invocation} token revoke ${id}`
      )
    }
  })
).pipe(
  Command.withDescription(
    "Create a bearer token. Its secret is printed once; the hub stores only its hash. With --json: token, id, " +
      "user, scope, repository (its id, or null), expiresAt (or null)."
  ),
  Command.withShortDescription("Create a token and print it once"),
  Command.withExamples([
    { command: "musehub token create --user ada", description: "A token to push with" },
    { command: "musehub token create --user ci --scope read --expires 90d --json", description: "A token for a script" }
  ]),
  Command.provide(storage)
)
