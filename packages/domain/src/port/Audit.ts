/**
 * The audit log: who did what, and who was refused. The makers of what it records (roots, tokens, users, permits) write
 * to it themselves, so no use case can leave it out.
 */
import { Context, Effect } from "effect"

export interface AuditEvent {
  /** Such as `delete-branch` or `create-token`. */
  readonly action: string
  readonly outcome: "done" | "refused"
  /** The user who did it; null if nobody is known. */
  readonly by: string | null
  /** What it is about: a repository, the public id of a token, or a user. */
  readonly about: string
  /** What changed, or why it was refused; never a secret. */
  readonly details: ReadonlyArray<string>
}

/** Where a request came from. All null for an operator's command. */
export interface Origin {
  readonly requestId: string | null
  readonly address: string | null
  /** The public id of the token that the request was authenticated by. */
  readonly token: string | null
}

export const CurrentOrigin = Context.Reference<Origin>("@musehub/domain/port/CurrentOrigin", {
  defaultValue: () => ({ requestId: null, address: null, token: null })
})

/** Keeps the events. The default keeps none. */
export const Audit = Context.Reference<{
  readonly record: (event: AuditEvent, origin: Origin) => Effect.Effect<void>
}>("@musehub/domain/port/Audit", { defaultValue: () => ({ record: () => Effect.void }) })

/** Records an event of the present request. */
export const recordAudit = Effect.fnUntraced(function* (event: AuditEvent) {
  const { record } = yield* Audit
  yield* record(event, yield* CurrentOrigin)
})
