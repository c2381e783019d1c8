/**
 * What the last runs of verify found, stored as `hub/verification/latest`: for the pages of operators, which cannot
 * read a store to know how it is. All of its lists are bounded.
 */
import { Schema } from "effect"
import { RepositoryId } from "../../object/Id.ts"
import { StoredAmount } from "./StoredAmount.ts"

/** Runs that are kept, the last ones. */
export const runsMax = 60
/** Findings that are kept, and those of one repository among them. The rest is counted. */
export const findingsMax = 200
export const repositoryFindingsMax = 20
/** Repositories that are named with what they store, those that store most. */
export const largestMax = 50

export const VerifyLevel = Schema.Literals(["quick", "default", "deep"])

/** A finding of the last run that looked at its repository at this level. */
export const NotedFinding = Schema.Struct({
  /** When the run ended: ISO 8601, UTC. */
  at: Schema.String,
  level: VerifyLevel,
  tag: Schema.String,
  severity: Schema.Literals(["fault", "notice"]),
  /** Null for what belongs to the hub. */
  repository: Schema.NullOr(RepositoryId),
  /** `owner/slug`; null where the root cannot tell. */
  name: Schema.NullOr(Schema.String),
  place: Schema.String,
  reason: Schema.String,
  mend: Schema.String
})
export type NotedFinding = typeof NotedFinding.Type

/** How much of the store was known to be whole when a run ended. */
export const NotedCoverage = Schema.Struct({
  repositories: Schema.Int,
  /** Those of which all but the bytes of blobs was read within `coveredDays`. */
  objects: Schema.Int,
  /** Those of which every byte was. */
  bytes: Schema.Int
})
export type NotedCoverage = typeof NotedCoverage.Type

export const VerificationRun = Schema.Struct({
  /** When it ended: ISO 8601, UTC. */
  at: Schema.String,
  /** The version of the hub. */
  version: Schema.String,
  level: VerifyLevel,
  /** What was looked at: all, those that were read longest ago, or those that were named. */
  scope: Schema.Literals(["hub", "sample", "named"]),
  repositories: Schema.Int,
  /** Repositories, among these, that were read lately. */
  skipped: Schema.Int,
  packs: Schema.Int,
  objects: Schema.Int,
  bytes: Schema.Int,
  faults: Schema.Int,
  notices: Schema.Int,
  mended: Schema.Int,
  /** Null where the run did not look at how much is covered. */
  coverage: Schema.NullOr(NotedCoverage)
})
export type VerificationRun = typeof VerificationRun.Type

/** What was in the store, and in the index, when it was last looked at whole. */
export const Stock = Schema.Struct({
  at: Schema.String,
  /** Repositories whose amounts are known; the others were never read without faults. */
  repositories: Schema.Int,
  amount: StoredAmount,
  largest: Schema.Array(Schema.Struct({ repository: RepositoryId, name: Schema.String, amount: StoredAmount })),
  /** Counts of rows of the index. */
  rows: Schema.Struct({
    repositories: Schema.Int,
    commits: Schema.Int,
    snapshots: Schema.Int,
    blobs: Schema.Int
  })
})
export type Stock = typeof Stock.Type

export const VerificationReport = Schema.Struct({
  /** Last first. */
  runs: Schema.Array(VerificationRun),
  /** Faults first. */
  findings: Schema.Array(NotedFinding),
  /** How many more there are. */
  findingsLeft: Schema.Int,
  /** Null: no run looked at all. */
  stock: Schema.NullOr(Stock)
})
export type VerificationReport = typeof VerificationReport.Type

export const noVerification: VerificationReport = { runs: [], findings: [], findingsLeft: 0, stock: null }
