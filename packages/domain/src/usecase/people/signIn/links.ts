/**
 * One-time links that sign a browser in. A link is used up by the same conditional write that begins its session, so it
 * begins one session at most, however many hubs are asked at once.
 */
import { Clock, Effect, Option, type Redacted, Schema } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"
import { elementAt } from "../../../base/expected.ts"
import { cut } from "../../../base/text/cut.ts"
import type { Session, SignInLink, SignIns } from "../../../hub/SignIns.ts"
import { changeSignIns, hasUser, readSignIns } from "../../../invariant/HubDocuments.ts"
import { isSameDigest } from "../../../object/Digest.ts"
import type { Sha256 } from "../../../object/Id.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import { recordAudit } from "../../../port/Audit.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import type { UserName } from "../../../repository/Names.ts"
import { KnownTokens } from "../KnownTokens.ts"
import { UserUnknown } from "../showUser.ts"
import { isLive, publicIdOf } from "../tokens.ts"
import { KnownSignIns } from "./KnownSignIns.ts"
import { newSecret, presented, type Presented } from "./Presented.ts"
import { dayOf, isSessionLive, sessionMillis, sessionsMax } from "./sessionLife.ts"

/** How long a link can be used. */
export const linkMillis = 10 * 60 * 1000

/** The link signs nobody in; `reason` completes the sentence "this link … ". */
export class LinkRefused extends Schema.TaggedError<LinkRefused>()("LinkRefused", {
  kind: errorKind("forbidden"),
  reason: Schema.String
}) {
  override get message() {
    return `this link ${this.reason}; musehub login makes another one`
  }
}

/** A link that was just made. */
export interface IssuedLink {
  /** What the link carries; it is shown once. */
  readonly code: Redacted.Redacted
  readonly user: UserName
  readonly expiresAt: string
}

export type CreateLinkError = DocumentConflict | ObjectCorrupt | StoreUnavailable | UserUnknown

/**
 * Makes a link that signs a user in, in the place of an earlier one. `token` is the hash of the token that asks for it,
 * with which the session will end; null for an operator.
 */
export const createLink = Effect.fn("createLink")(function* (
  user: UserName,
  token: Sha256 | null
): Effect.fn.Return<IssuedLink, CreateLinkError, ObjectStore> {
  if (!(yield* hasUser(user))) return yield* new UserUnknown({ user })
  const { hash, secret } = yield* newSecret(user)
  const now = yield* Clock.currentTimeMillis
  const expiresAt = new Date(now + linkMillis).toISOString()
  const link: SignInLink = { hash, token, createdAt: new Date(now).toISOString(), expiresAt, usedBy: null }
  yield* changeSignIns(user, (present) => Effect.succeed({ ...present, link }), {
    action: "create-sign-in-link",
    about: publicIdOf(hash),
    details: [`of ${user}`, `expires ${expiresAt}`]
  })
  return { code: secret, user, expiresAt }
})

type ReadError = ObjectCorrupt | StoreUnavailable

/** Returns when a session of the link that begins now ends. Refuses a link that cannot be used. */
const sessionEnd = Effect.fnUntraced(function* (
  present: SignIns | undefined,
  { hash }: Presented,
  now: number
): Effect.fn.Return<{ readonly link: SignInLink; readonly expiresAt: string }, LinkRefused | ReadError, KnownTokens> {
  const refused = (reason: string) => new LinkRefused({ reason })
  const link = present?.link ?? null
  if (link === null || !isSameDigest(link.hash, hash)) {
    return yield* refused("is unknown to this hub, or a newer link has taken its place")
  }
  if (link.usedBy !== null) return yield* refused("was used before: a link signs in once")
  if (Date.parse(link.expiresAt) <= now) return yield* refused(`expired at ${link.expiresAt}`)
  const own = new Date(now + sessionMillis).toISOString()
  if (link.token === null) return { link, expiresAt: own }
  const token = yield* (yield* KnownTokens).read(link.token)
  if (Option.isNone(token) || !isLive(token.value, now)) {
    return yield* refused("was made with a token that is revoked or expired")
  }
  const end = token.value.expiresAt
  return { link, expiresAt: end !== null && end < own ? end : own }
})

/** Reads what was presented. Refuses what cannot be the code of a link. */
const codeOf = (code: Redacted.Redacted) =>
  Effect.mapError(
    Effect.fromOption(presented(code)),
    () => new LinkRefused({ reason: "is incomplete: open all of it, as it was printed" })
  )

export type LookAtLinkError = LinkRefused | ReadError

/** Returns whom a link would sign in, and leaves it unused: programs that preview links open it too. */
export const lookAtLink = Effect.fn("lookAtLink")(function* (
  code: Redacted.Redacted
): Effect.fn.Return<UserName, LookAtLinkError, KnownTokens | ObjectStore> {
  const wanted = yield* codeOf(code)
  const found = yield* readSignIns(wanted.user)
  yield* sessionEnd(Option.getOrUndefined(found)?.value, wanted, yield* Clock.currentTimeMillis)
  return wanted.user
})

/** A session that just began. */
export interface BegunSession {
  /** What the browser keeps; it is in no other answer. */
  readonly secret: Redacted.Redacted
  readonly user: UserName
  readonly session: Session
}

const userAgentLengthMax = 200

/** Returns the sessions that go on beside a new one: of too many, the one that was not used for longest ends. */
const keptBeside = (sessions: ReadonlyArray<Session>, now: number): ReadonlyArray<Session> => {
  const live = sessions.filter((session) => isSessionLive(session, now))
  if (live.length < sessionsMax) return live
  const [longest] = live.toSorted((a, b) => (a.lastUsedOn < b.lastUsedOn ? -1 : a.lastUsedOn > b.lastUsedOn ? 1 : 0))
  return live.filter((session) => session !== longest)
}

export type SignInError = DocumentConflict | LinkRefused | ReadError

/** Uses a link up and begins a session, whose secret is new: what the browser kept before is never taken over. */
export const signIn = Effect.fn("signIn")(function* (
  code: Redacted.Redacted,
  userAgent: string
): Effect.fn.Return<BegunSession, SignInError, KnownSignIns | KnownTokens | ObjectStore> {
  const wanted = yield* codeOf(code)
  const { user } = wanted
  const { hash, secret } = yield* newSecret(user)
  const now = yield* Clock.currentTimeMillis
  const id = publicIdOf(hash)
  const change = Effect.fnUntraced(function* (present: SignIns) {
    const { expiresAt, link } = yield* sessionEnd(present, wanted, now)
    const session: Session = {
      hash,
      id,
      token: link.token,
      userAgent: cut(userAgent, userAgentLengthMax),
      createdAt: new Date(now).toISOString(),
      expiresAt,
      lastUsedOn: dayOf(now)
    }
    // The id of the session makes the bytes of each hub its own: of two that race, one has written and the other knows.
    return { ...present, link: { ...link, usedBy: id }, sessions: [...keptBeside(present.sessions, now), session] }
  })
  const known = yield* KnownSignIns
  const {
    value: { sessions }
  } = yield* changeSignIns(user, change, {
    action: "sign-in",
    about: id,
    details: [`of ${user}`]
  }).pipe(
    Effect.tapErrorTag("LinkRefused", ({ message }) =>
      recordAudit({ action: "sign-in", outcome: "refused", about: publicIdOf(wanted.hash), details: [message] })
    ),
    Effect.ensuring(known.forget(user))
  )
  return { secret, user, session: elementAt(sessions, sessions.length - 1) }
})
