/** Finds the token for a hub: the flag, else the environment, else what the `muse` client keeps for the hub's host. */
import type { Credentials } from "@musehub/client/remote/Credentials"
import { Effect, type Option, type Redacted } from "effect"
import { homedir } from "node:os"
import { join } from "node:path"
import { readClientToken } from "../../config/Configuration.ts"

export const readCredentials = Effect.fnUntraced(function* (flag: Option.Option<Redacted.Redacted>) {
  const token = yield* readClientToken(flag)
  const credentials: Credentials = { token, identityFile: join(homedir(), ".muse", "identity.toml") }
  return credentials
})
