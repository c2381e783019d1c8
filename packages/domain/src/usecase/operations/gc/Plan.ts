/** The plan of a garbage collection: what may go, as it was found. It is judged again before anything goes. */
import { Schema } from "effect"
import { HubId } from "../../../hub/HubIdentity.ts"
import { BlobId, RepositoryId, Sha256 } from "../../../object/Id.ts"
import { DocumentName } from "../../../repository/Names.ts"

/** How long what is at work with something may take; and how far back the reflog keeps commits. */
export const graceMillis = 14 * 24 * 60 * 60 * 1000
export const retentionMillis = 30 * 24 * 60 * 60 * 1000

/** A pack that no root names: of a push that did not end, or one in whose place another one is. */
export const PackEntry = Schema.Struct({
  kind: Schema.Literal("pack"),
  repository: RepositoryId,
  id: Sha256,
  /** Count of its bytes. */
  size: Schema.Int,
  /** Whether named packs have all that is in it. */
  isReplaced: Schema.Boolean
})

/** A blob under its own key that no snapshot has, or only snapshots that are dropped. */
export const BlobEntry = Schema.Struct({
  kind: Schema.Literal("blob"),
  repository: RepositoryId,
  id: BlobId,
  size: Schema.Int
})

/** Packs and large blobs, those of a creation that was refused among them. */
export type LeftoverEntry = typeof PackEntry.Type | typeof BlobEntry.Type

/** A repository whose packs have much that nothing leads to: they are written again without it. */
export const DropEntry = Schema.Struct({
  kind: Schema.Literal("drop"),
  repository: RepositoryId,
  /** Count of the objects to drop, and of their bytes as they are without compression. */
  objects: Schema.Int,
  size: Schema.Int,
  /** The collection epoch of the root then, which dropping raises. */
  epoch: Schema.Int
})
export type DropEntry = typeof DropEntry.Type

/** A collection that was stopped while it deleted: it is finished. */
export const UnfinishedEntry = Schema.Struct({ kind: Schema.Literal("unfinished"), repository: RepositoryId })

/** A repository that was deleted longer ago than the grace period: all goes that it has. */
export const RepositoryEntry = Schema.Struct({
  kind: Schema.Literal("repository"),
  repository: RepositoryId,
  /** `owner/slug`. */
  name: Schema.String,
  /** When it was deleted. One that was brought back and deleted again is kept. */
  deletedAt: Schema.String,
  /** Count of its packs and large blobs, and of their bytes. */
  objects: Schema.Int,
  size: Schema.Int
})
export type RepositoryEntry = typeof RepositoryEntry.Type

/** What a client uploaded past the hub, and no push took in. */
export const UploadEntry = Schema.Struct({
  kind: Schema.Literal("upload"),
  repository: RepositoryId,
  id: BlobId,
  size: Schema.Int
})
export type UploadEntry = typeof UploadEntry.Type

/** The answer to a request with an idempotency key, kept for longer than the key counts. */
export const AnswerEntry = Schema.Struct({ kind: Schema.Literal("answer"), name: DocumentName })

export const PlanEntry = Schema.Union([
  PackEntry,
  BlobEntry,
  DropEntry,
  UnfinishedEntry,
  RepositoryEntry,
  UploadEntry,
  AnswerEntry
])
export type PlanEntry = typeof PlanEntry.Type

/** Requests to the store by class, and the bytes that come back. */
const AskedOfStore = Schema.Struct({
  list: Schema.Int,
  get: Schema.Int,
  head: Schema.Int,
  put: Schema.Int,
  delete: Schema.Int,
  bytes: Schema.Int
})

/** A repository that was looked at. */
export const PlannedRepository = Schema.Struct({
  id: RepositoryId,
  /** `owner/slug`. */
  name: Schema.String,
  /** Count of the bytes of its packs and large blobs, and of those that would go and that nothing else has. */
  size: Schema.Int,
  lost: Schema.Int,
  /** Count of the bytes in packs that writing them again saves. */
  dropped: Schema.Int,
  /** What carrying out its entries asks the store. */
  apply: AskedOfStore
})
export type PlannedRepository = typeof PlannedRepository.Type

export const Plan = Schema.Struct({
  format: Schema.Literal(1),
  /** Random: names the plan. */
  id: Schema.String,
  /** The hub that it is of; null where the store names none. */
  hub: Schema.NullOr(HubId),
  /** By the store's clock: ISO 8601, UTC. */
  at: Schema.String,
  retentionMillis: Schema.Int,
  graceMillis: Schema.Int,
  repositories: Schema.Array(PlannedRepository),
  entries: Schema.Array(PlanEntry)
})
export type Plan = typeof Plan.Type

const json = Schema.fromJsonString(Plan)

/** Writes a plan as text. */
export const encodePlan = (plan: Plan): string => `${JSON.stringify(plan)}\n`

/** Reads the text of a plan. */
export const decodePlan = Schema.decodeUnknownResult(json)
