/** A hub that serves a folder's objects, as a process of its own. */
import { Effect } from "effect"
import { field, firstToken, start } from "../program.ts"

export const environment = (index: string) => ({
  MUSEHUB_OBJECT_STORE: "file:objects",
  MUSEHUB_INDEX: index,
  MUSEHUB_PORT: "0",
  MUSEHUB_USER: "ada"
})

/** Serves the objects in the folder, or those that `others` name, over an index until the scope closes. */
export const serve = Effect.fnUntraced(function* (
  directory: string,
  index: string,
  others: Readonly<Record<string, string>> = {}
) {
  const env = { ...environment(index), ...others }
  const hub = yield* Effect.acquireRelease(
    Effect.sync(() => start(["serve", "--json"], { directory, env })),
    (running) => {
      running.signal("SIGTERM")
      return Effect.promise(() => running.ended)
    }
  )
  const line: unknown = JSON.parse(yield* Effect.promise(() => hub.firstLine))
  return { hub, url: String(field(line, "url")).replace(/\/$/, ""), token: String(firstToken(line)) }
})
