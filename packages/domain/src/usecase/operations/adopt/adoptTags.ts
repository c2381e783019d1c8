/** Brings tags and releases of commits that were brought. */
import { Effect, Result, Schema } from "effect"
import { reasonOf } from "../../../base/fieldErrors.ts"
import { inSlices } from "../../../base/Slices.ts"
import { encodingRelease, putRelease, putTag } from "../../../invariant/RepositoryDocuments.ts"
import type { RepositoryId } from "../../../object/Id.ts"
import type { JsonObject } from "../../../object/Json.ts"
import { makeReleaseDecoder } from "../../../repository/decodingRelease.ts"
import { type ReleaseEntry, releasesKind, type TagEntry, tagsKind } from "../../../repository/refs/kinds.ts"
import { RefList } from "../../../repository/refs/RefList.ts"
import { repositoryLimits } from "../../../repository/rule/repositoryLimits.ts"
import { type Release, Tag, type TagId } from "../../../repository/Tag.ts"
import type { AdoptedHistory } from "./adoptHistory.ts"
import type { Quarantine } from "./Quarantined.ts"

interface Context {
  readonly repository: RepositoryId
  readonly history: AdoptedHistory
  readonly quarantine: Quarantine
}

/** The row, with the id that its commit has here. */
const withNewId = (row: JsonObject, { minted }: AdoptedHistory): JsonObject => {
  const commit = minted.get(String(row["commit_id"]))
  return commit === undefined ? row : { ...row, commit_id: commit.id }
}

const decodeTag = Schema.decodeUnknownResult(Tag)
const decodeRelease = makeReleaseDecoder()

/** Stores the records of tags, and returns the list that the root is to have. */
export const adoptTags = Effect.fnUntraced(function* (
  rows: ReadonlyArray<JsonObject>,
  { history, quarantine, repository }: Context
) {
  const entries = new Map<TagId, TagEntry>()
  for (const row of rows) {
    const what = `tag ${String(row["tag_id"])}`
    const tag = Result.mapError(decodeTag(withNewId(row, history)), reasonOf)
    if (Result.isFailure(tag)) quarantine(what, tag.failure)
    else if (!history.held.has(String(row["commit_id"]))) {
      quarantine(what, `its commit ${tag.success.commit_id} was not brought`)
    } else if (entries.size === repositoryLimits.tags) quarantine(what, "the repository has too many tags")
    else {
      const { commit_id: commit, tag: label, tag_id } = tag.success
      entries.set(tag_id, { tag: label, commit, record: yield* putTag(repository, tag.success) })
    }
  }
  return RefList.of(tagsKind, [...entries])
})

/** Says why a release of a legacy commit stays behind; undefined if it need not. */
const refusalOf = (
  { snapshot_id, tag }: Release,
  commit: string,
  taken: ReadonlyMap<string, ReleaseEntry>,
  { held, minted, nodes }: AdoptedHistory
) => {
  if (!held.has(commit)) return `its commit ${commit} was not brought`
  const snapshot = minted.get(commit)?.snapshotId ?? nodes.get(commit)?.snapshot
  if (snapshot !== undefined && snapshot !== snapshot_id) return `its commit has the snapshot ${snapshot}`
  if (taken.has(tag)) return `its tag ${tag} has another row`
  return taken.size === repositoryLimits.releases ? "the repository has too many releases" : undefined
}

/** Stores the records of releases, and returns the list that the root is to have. */
export const adoptReleases = Effect.fnUntraced(function* (
  rows: ReadonlyArray<JsonObject>,
  { history, quarantine, repository }: Context
) {
  const entries = new Map<string, ReleaseEntry>()
  for (const [order, row] of rows.entries()) {
    const what = `release ${String(row["release_id"])}`
    const decoded = yield* inSlices(() => decodeRelease(withNewId(row, history)))
    if (Result.isFailure(decoded)) {
      quarantine(what, decoded.failure.message)
      continue
    }
    const release = decoded.success
    const refusal = refusalOf(release, String(row["commit_id"]), entries, history)
    if (refusal !== undefined) {
      quarantine(what, refusal)
      continue
    }
    const record = yield* inSlices(() => encodingRelease(release))
    yield* putRelease(repository, record)
    const { channel, is_draft: draft, release_id: id, tag } = release
    entries.set(tag, { id, channel, draft, record: record.sha256, order: order + 1 })
  }
  return RefList.of(releasesKind, [...entries])
})
