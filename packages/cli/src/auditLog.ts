/** Writes the audit log: one JSON object a line, to a file or, marked, to the log. */
import { Audit, type AuditEvent, type Origin } from "@musehub/domain/port/Audit"
import { Clock, Effect, Layer, Option } from "effect"
import { appendFile } from "node:fs/promises"
import { readSetting } from "./config/Setting.ts"
import { auditLogSetting } from "./config/telemetry.ts"

/** Only the hub's own user may read and write it. */
const fileMode = 0o600

const appendTo = (path: string) =>
  Effect.fnUntraced(function* (event: AuditEvent, origin: Origin) {
    const { address, requestId, token } = origin
    const at = new Date(yield* Clock.currentTimeMillis).toISOString()
    const line = JSON.stringify({ at, ...event, token, address, requestId })
    yield* Effect.tryPromise(() => appendFile(path, `${line}\n`, { mode: fileMode })).pipe(
      // What was done is done; the event is kept in the log.
      Effect.catch((error) => Effect.logError(`the audit log ${path} cannot be written: ${line}`, error))
    )
  })

/** The fiber that moves a root works for several requests, so the id of the fiber's log is not the event's. */
const log = (event: AuditEvent, { address, requestId, token }: Origin) =>
  Effect.annotateLogs(Effect.logInfo("audit"), { audit: { ...event, token, address }, requestId })

/** Records events in the file of the setting. Without one, a command records nothing and the serving hub logs them. */
export const auditLayer = ({ serving }: { readonly serving: boolean }) =>
  Layer.unwrap(
    Effect.map(readSetting(auditLogSetting, Option.none()), ({ value }) =>
      Option.match(value, {
        onNone: () => (serving ? Layer.succeed(Audit, { record: log }) : Layer.empty),
        onSome: (path) => Layer.succeed(Audit, { record: appendTo(path) })
      })
    )
  )
