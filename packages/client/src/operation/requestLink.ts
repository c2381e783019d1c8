/** Asks a hub for a link that signs a browser in. */
import { Effect } from "effect"
import { authorized, type Credentials } from "../remote/Credentials.ts"
import { Remote } from "../remote/Remote.ts"

/** Returns the link for the user of the token, and when it expires. `hub` is the URL of the hub. */
export const requestLink = Effect.fnUntraced(function* (hub: string, credentials: Credentials) {
  return yield* new Remote(yield* authorized(hub, credentials)).signInLink
})
