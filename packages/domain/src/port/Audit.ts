/**
 * The audit log: who did what, and who was refused. The makers of what it records (roots, tokens, users) write to it
 * themselves, so no use case can leave it out. Refusals are written where failures become answers.
 */
import { Context, Effect } from "effect"

export interface AuditEvent {
  /** Such as `delete-branch` or `create-token`; of a refusal, the request's method and route. */
  readonly action: string
  /** `unknown`: the store stopped answering while the change was written. */
  readonly outcome: "done" | "refused" | "unknown"
  /** The user who did it; null for an operator's command and for a caller who is not known. */
  readonly by: string | null
  /** What it is about: a repository, the public id of a token, or a user; null for none of them. */
  readonly about: string | null
  /** What changed, or why it was refused; never a secret. */
  readonly details: ReadonlyArray<string>
}

/** Where a request came from. All null for an operator's command. */
export interface Origin {
  readonly requestId: string | null
  readonly address: string | null
  /** The public id of the token that the request was authenticated by, and its holder. */
  readonly token: string | null
  readonly user: string | null
}

export const CurrentOrigin = Context.Reference<Origin>("@musehub/domain/port/CurrentOrigin", {
  defaultValue: () => ({ requestId: null, address: null, token: null, user: null })
})

/** Names the caller of a request: all tokens of a user are one, and so are all requests without one from an address. */
export const callerKey = ({ address, user }: Origin): string =>
  user === null ? `address ${address ?? "none"}` : `user ${user}`

/** Keeps the events. The default keeps none. */
export const Audit = Context.Reference<{
  readonly record: (event: AuditEvent, origin: Origin) => Effect.Effect<void>
}>("@musehub/domain/port/Audit", { defaultValue: () => ({ record: () => Effect.void }) })

/** Records an event of the present request, in the name of its caller. */
export const recordAudit = Effect.fnUntraced(function* (event: Omit<AuditEvent, "by">) {
  const { record } = yield* Audit
  const origin = yield* CurrentOrigin
  yield* record({ ...event, by: origin.user }, origin)
})
