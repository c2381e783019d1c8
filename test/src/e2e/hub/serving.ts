/** A hub that serves as a process of its own, until the scope closes. */
import { Effect } from "effect"
import { field, firstToken, start, type Surroundings } from "../../cli/program.ts"

/** Starts the hub on a free port, with `ada` as the first user; `token` is hers if the store was empty. */
export const serving = Effect.fnUntraced(function* ({ directory, env = {} }: Surroundings) {
  const hub = yield* Effect.acquireRelease(
    Effect.sync(() =>
      start(["serve", "--json"], { directory, env: { MUSEHUB_PORT: "0", MUSEHUB_USER: "ada", ...env } })
    ),
    (running) => {
      running.signal("SIGTERM")
      return Effect.promise(() => running.ended)
    }
  )
  const line: unknown = JSON.parse(yield* Effect.promise(() => hub.firstLine))
  return { hub, url: String(field(line, "url")).replace(/\/$/, ""), token: String(firstToken(line)) }
})
