/** The errors that many calls have in common, by what the calls do; each call of the contract adds its own. */
import type { Tag } from "../../problem/schemas.ts"

/** Any call: it says who calls, and the hub asks its store and its index about that. */
export const calling = [
  "IndexUnavailable",
  "ObjectCorrupt",
  "RequestRefused",
  "StoreUnavailable",
  "Unauthenticated"
] as const satisfies ReadonlyArray<Tag>

/** Calls about a repository, which is opened for what they do. */
export const opening = ["Forbidden", "ObjectMissing", "RepositoryUnknown"] as const satisfies ReadonlyArray<Tag>

/** Calls that list something in pages. */
export const paging = ["CursorRefused"] as const satisfies ReadonlyArray<Tag>

/** Calls that bring a body. */
export const sending = ["BodyBrokeOff", "BodyTooLarge", "NotJson"] as const satisfies ReadonlyArray<Tag>

/** Calls that heed an `Idempotency-Key`. */
export const repeating = ["AnswerNotKept", "KeyInUse", "KeyReused"] as const satisfies ReadonlyArray<Tag>

/** Calls that move the root of a repository. */
export const moving = ["RootContended", "RootMissing", "RootOutcomeUnknown"] as const satisfies ReadonlyArray<Tag>
