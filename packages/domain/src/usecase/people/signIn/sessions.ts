/** Sessions of browsers. The store has only hashes of their secrets. */
import { Clock, Effect, Option, type Redacted, Schema } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"
import { cut } from "../../../base/text/cut.ts"
import type { Session } from "../../../hub/SignIns.ts"
import { changeSignIns, readSignIns } from "../../../invariant/HubDocuments.ts"
import { isSameDigest } from "../../../object/Digest.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import { recordAudit } from "../../../port/Audit.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import type { UserName } from "../../../repository/Names.ts"
import { actingAs, Unauthenticated, type Principal } from "../../access/policy.ts"
import { KnownTokens } from "../KnownTokens.ts"
import { isLive } from "../tokens.ts"
import { KnownSignIns } from "./KnownSignIns.ts"
import { presented } from "./Presented.ts"
import { dayOf, isSessionLive } from "./sessionLife.ts"

/** The user has no session of this id that goes on. */
export class SessionUnknown extends Schema.TaggedError<SessionUnknown>()("SessionUnknown", {
  kind: errorKind("not found"),
  id: Schema.String
}) {
  override get message() {
    return `there is no session ${cut(this.id, 100)}; it may have ended`
  }
}

type ChangeError = DocumentConflict | ObjectCorrupt | StoreUnavailable

/** A browser that is signed in. */
export interface SignedIn {
  readonly principal: Principal
  readonly session: Session
}

/** Notes the day of a use. Where that fails, the session goes on as if it had not been used. */
const noteUse = Effect.fnUntraced(function* (user: UserName, { id }: Session, day: string) {
  const known = yield* KnownSignIns
  const noted = changeSignIns(
    user,
    (present) =>
      Effect.succeed(
        present.sessions.every((session) => session.id !== id || session.lastUsedOn >= day)
          ? present
          : {
              ...present,
              sessions: present.sessions.map((session) =>
                session.id === id ? { ...session, lastUsedOn: day } : session
              )
            }
      ),
    null
  )
  yield* Effect.catch(noted, (error) => Effect.logWarning(`the use of session ${id} on ${day} is not noted`, error))
  yield* known.forget(user)
})

export type AuthenticateSessionError = Unauthenticated | ObjectCorrupt | StoreUnavailable

/**
 * Returns who is signed in with a session's secret, with all rights of that user. The store decides (`KnownSignIns`),
 * and the session ends with the token that asked for its link. Costs one write a day of use.
 */
export const authenticateSession = Effect.fn("authenticateSession")(function* (
  secret: Redacted.Redacted
): Effect.fn.Return<SignedIn, AuthenticateSessionError, KnownSignIns | KnownTokens | ObjectStore> {
  const refuse = Effect.fnUntraced(function* (about: string | null, reason: string) {
    yield* recordAudit({ action: "authenticate", outcome: "refused", about, details: [reason] })
    return yield* new Unauthenticated({ reason: `${reason}; sign in with a link that musehub login makes` })
  })
  const wanted = presented(secret)
  if (Option.isNone(wanted)) return yield* refuse(null, "the session cookie is not one of this hub")
  const { hash, user } = wanted.value
  const found = yield* (yield* KnownSignIns).read(user)
  const now = yield* Clock.currentTimeMillis
  const session = Option.getOrUndefined(found)?.sessions.find((each) => isSameDigest(each.hash, hash))
  if (session === undefined || !isSessionLive(session, now)) return yield* refuse(user, "the session has ended")
  if (session.token !== null) {
    const token = yield* (yield* KnownTokens).read(session.token)
    if (!Option.exists(token, (each) => isLive(each, now))) {
      return yield* refuse(session.id, "the session ended with the token that asked for it")
    }
  }
  if (session.lastUsedOn < dayOf(now)) yield* noteUse(user, session, dayOf(now))
  return { principal: { ...actingAs(user), expiresAt: session.expiresAt }, session }
})

/** Lists the sessions of a user that go on, in order of their beginning. */
export const listSessions = Effect.fn("listSessions")(function* (
  user: UserName
): Effect.fn.Return<ReadonlyArray<Session>, ObjectCorrupt | StoreUnavailable, KnownTokens | ObjectStore> {
  const found = yield* readSignIns(user)
  if (Option.isNone(found)) return []
  const now = yield* Clock.currentTimeMillis
  const tokens = yield* KnownTokens
  return yield* Effect.filter(found.value.value.sessions, (session) => {
    if (!isSessionLive(session, now)) return Effect.succeed(false)
    if (session.token === null) return Effect.succeed(true)
    return Effect.map(
      tokens.read(session.token),
      Option.exists((token) => isLive(token, now))
    )
  })
})

export type EndSessionError = SessionUnknown | ChangeError

/** Ends a session of a user, in the store; other hubs refuse it within `staleMillisMax`. */
export const endSession = Effect.fn("endSession")(function* (
  user: UserName,
  id: string
): Effect.fn.Return<void, EndSessionError, KnownSignIns | ObjectStore> {
  const known = yield* KnownSignIns
  yield* changeSignIns(
    user,
    (present) => {
      const sessions = present.sessions.filter((session) => session.id !== id)
      return sessions.length === present.sessions.length
        ? Effect.fail(new SessionUnknown({ id }))
        : Effect.succeed({ ...present, sessions })
    },
    { action: "end-session", about: id, details: [`of ${user}`] }
  ).pipe(Effect.ensuring(known.forget(user)))
})

/**
 * Ends all sessions of a user but `kept`, if given, and their link. For a user whose browser, or whose account, is in
 * other hands.
 */
export const endSessions = Effect.fn("endSessions")(function* (
  user: UserName,
  kept?: string
): Effect.fn.Return<void, ChangeError, KnownSignIns | ObjectStore> {
  const known = yield* KnownSignIns
  if (Option.isNone(yield* readSignIns(user))) return
  yield* changeSignIns(
    user,
    (present) => Effect.succeed({ ...present, link: null, sessions: present.sessions.filter(({ id }) => id === kept) }),
    { action: "end-sessions", about: user, details: kept === undefined ? [] : [`but ${kept}`] }
  ).pipe(Effect.ensuring(known.forget(user)))
})
