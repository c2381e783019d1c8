/** Groups of errors that many endpoints share, by what the endpoints do. Each endpoint adds its own. */
import type { Tag } from "../../problem/schemas.ts"

/** Every endpoint: it authenticates the caller, which reads the index and the store. */
export const calling = [
  "FieldsRefused",
  "HubBusy",
  "IndexUnavailable",
  "ObjectCorrupt",
  "StoreUnavailable",
  "TooManyRequests",
  "Unauthenticated"
] as const satisfies ReadonlyArray<Tag>

/** Endpoints that open a repository. One that has another name now is answered with 308 and its `Location`. */
export const opening = [
  "Forbidden",
  "ObjectMissing",
  "CatalogLost",
  "RefsLost",
  "RepositoryArchived",
  "RepositoryUnknown",
  "RootMissing"
] as const satisfies ReadonlyArray<Tag>

/** Endpoints that return a list in pages. */
export const paging = ["CursorRefused"] as const satisfies ReadonlyArray<Tag>

/** Endpoints that take a ref. */
export const referring = ["CommitUnknown", "RefAmbiguous", "RefUnknown"] as const satisfies ReadonlyArray<Tag>

/** Endpoints that take a body. */
export const sending = [
  "BodyBrokeOff",
  "BodyExpands",
  "BodyStalled",
  "BodyTooLarge",
  "BodyUndecodable",
  "EncodingUnsupported",
  "NotJson",
  "RequestRefused"
] as const satisfies ReadonlyArray<Tag>

/** Endpoints that support `Idempotency-Key`. */
export const repeating = [
  "AnswerNotKept",
  "KeyInUse",
  "KeyReused",
  "QuotaExceeded"
] as const satisfies ReadonlyArray<Tag>

/** Endpoints that change the name of a repository. */
export const renaming = [
  "DocumentConflict",
  "RenameOvertaken",
  "RepositoryNameTaken"
] as const satisfies ReadonlyArray<Tag>

/** Endpoints that move the root of a repository, relying on what the store has. */
export const moving = [
  "AccessLost",
  "PackLost",
  "RootContended",
  "RootFull",
  "RootOutcomeUnknown"
] as const satisfies ReadonlyArray<Tag>
