/**
 * Gives commits of a legacy hub ids of this one: those that its server made, under a random id or `init-…` and without
 * a snapshot, and those that were built upon them, whose ids cover the ids of their parents (docs/wire.md, section 7).
 */
import { Result } from "effect"
import { type Commit, commitIdOf, commitRecord, makeCommit } from "../../../object/Commit.ts"
import { type CommitId, isCommitId, type SnapshotId } from "../../../object/Id.ts"
import type { JsonValue } from "../../../object/Json.ts"
import type { LegacyCommit } from "../../../port/legacy/LegacyRecords.ts"

/** A commit under its new id. */
export interface MintedCommit {
  readonly id: CommitId
  readonly snapshotId: SnapshotId
}

/** What the legacy server made: a first commit, whose tree is empty, or a merge, whose tree it never made. */
export type ServerMade = "first" | "merge"

/** Says whether the server made a commit, by what its row says. */
export const serverMade = (
  id: string,
  parents: ReadonlyArray<string>,
  snapshot: string | null
): ServerMade | undefined => {
  if (isCommitId(id) || snapshot !== null) return undefined
  if (parents.length === 0) return id.startsWith("init-") ? "first" : undefined
  return parents.length === 2 ? "merge" : undefined
}

/** Under this name in its metadata, a commit has the id that it had at the legacy hub. */
export const legacyIdField = "legacy_commit_id"

const placeholder = "0".repeat(64)
const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "")
const isObject = (value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Finds the spelling of the time that the id of a row covers. The id of a commit that the server made covers none. */
const timeOf = (
  { fields, times }: LegacyCommit,
  id: string,
  parents: ReadonlyArray<string>
): Result.Result<string, string> => {
  let computed: string | undefined
  for (const committedAt of times) {
    const snapshotId = textOf(fields["snapshot_id"])
    const given = commitIdOf({ parents, snapshotId, message: textOf(fields["message"]), committedAt })
    if (!isCommitId(id) || given === id) return Result.succeed(committedAt)
    computed ??= given
  }
  return Result.fail(`its content gives ${computed}`)
}

/**
 * Makes the commit of a row under a new id, with its parents and its snapshot as they are here. `parents` are the ids
 * that the row has; an id that is a hash is checked against them. A signature is left out, since it signs the old id.
 */
export const mintedCommit = (
  claim: LegacyCommit,
  { id, parents }: { readonly id: string; readonly parents: ReadonlyArray<string> },
  { newParents, snapshotId }: { readonly newParents: ReadonlyArray<CommitId>; readonly snapshotId: SnapshotId }
): Result.Result<Commit, string> =>
  Result.gen(function* () {
    const committedAt = yield* timeOf(claim, id, parents)
    const { hashed_parent_ids: _, metadata = {}, ...fields } = claim.fields
    const record = yield* Result.mapError(
      commitRecord({
        ...fields,
        metadata: isObject(metadata) ? { ...metadata, [legacyIdField]: id } : metadata,
        commit_id: placeholder,
        parent_commit_id: newParents[0] ?? null,
        parent2_commit_id: newParents[1] ?? null,
        snapshot_id: snapshotId,
        committed_at: committedAt,
        signature: "",
        signer_key_id: ""
      }),
      ({ reason }) => reason
    )
    const { commit_id: __, ...rest } = record
    return makeCommit(rest)
  })
