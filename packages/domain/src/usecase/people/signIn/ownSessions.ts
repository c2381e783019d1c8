/** Manages the caller's own sign-ins. Only a token of admin scope that is not limited to a repository may do so. */
import { Effect } from "effect"
import type { Session } from "../../../hub/SignIns.ts"
import type { Sha256 } from "../../../object/Id.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import type { Forbidden, Principal } from "../../access/policy.ts"
import type { KnownTokens } from "../KnownTokens.ts"
import { mayManage } from "../ownTokens.ts"
import type { KnownSignIns } from "./KnownSignIns.ts"
import { createLink, type CreateLinkError, type IssuedLink } from "./links.ts"
import { endSession, type EndSessionError, endSessions, listSessions, type SessionUnknown } from "./sessions.ts"

export type CreateOwnLinkError = CreateLinkError | Forbidden

/** Makes a link that signs the caller in, with all their rights, for as long as `token`, the one in use, is valid. */
export const createOwnLink = Effect.fn("createOwnLink")(function* (
  principal: Principal,
  token: Sha256
): Effect.fn.Return<IssuedLink, CreateOwnLinkError, ObjectStore> {
  yield* mayManage(principal, "sign-in links are made")
  return yield* createLink(principal.user, token)
})

export type ListOwnSessionsError = Forbidden | ObjectCorrupt | StoreUnavailable

/** Lists the caller's sessions that go on, in order of their beginning. */
export const listOwnSessions = Effect.fn("listOwnSessions")(function* (
  principal: Principal
): Effect.fn.Return<ReadonlyArray<Session>, ListOwnSessionsError, KnownTokens | ObjectStore> {
  yield* mayManage(principal, "sessions are managed")
  return yield* listSessions(principal.user)
})

export type EndOwnSessionError = EndSessionError | Forbidden

/** Ends one of the caller's sessions, which may be the one in use. Sessions of other users are unknown. */
export const endOwnSession = Effect.fn("endOwnSession")(function* (
  principal: Principal,
  id: string
): Effect.fn.Return<void, EndOwnSessionError, KnownSignIns | ObjectStore> {
  yield* mayManage(principal, "sessions are managed")
  yield* endSession(principal.user, id)
})

export type EndOtherSessionsError = Exclude<EndSessionError, SessionUnknown> | Forbidden

/** Ends the caller's sessions but `kept`, the one in use, and their link. */
export const endOtherSessions = Effect.fn("endOtherSessions")(function* (
  principal: Principal,
  kept: string
): Effect.fn.Return<void, EndOtherSessionsError, KnownSignIns | ObjectStore> {
  yield* mayManage(principal, "sessions are managed")
  yield* endSessions(principal.user, kept)
})
