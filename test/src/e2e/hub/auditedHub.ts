/** A hub on memory whose audit log is kept for a test to read. */
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { Audit, type AuditEvent, type Origin } from "@musehub/domain/port/Audit"
import { pages } from "@musehub/web/pages"
import { Effect, Layer, type Logger, References } from "effect"
import { startHub } from "./Hub.ts"

export type Recorded = AuditEvent & Origin

/** Starts the hub. `events` is its audit log. It logs to the given loggers, at the lowest level. */
export const auditedHub = Effect.fnUntraced(function* (loggers: ReadonlyArray<Logger.Logger<unknown, unknown>> = []) {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const events: Array<Recorded> = []
  const hub = yield* startHub(storage, loggers, { pages }).pipe(
    Effect.provideService(References.MinimumLogLevel, loggers.length === 0 ? "None" : "Trace"),
    Effect.provideService(Audit, {
      record: (event, { address, requestId, token, user }) =>
        Effect.sync(() => void events.push({ ...event, address, requestId, token, user }))
    })
  )
  return { events, hub }
})
