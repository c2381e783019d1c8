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
    const tag = Result.mapError(decodeTag(row), reasonOf)
    if (Result.isFailure(tag)) quarantine(what, tag.failure)
    else if (!history.held.has(tag.success.commit_id)) {
      quarantine(what, `its commit ${tag.success.commit_id} was not brought`)
    } else if (entries.size === repositoryLimits.tags) quarantine(what, "the repository has too many tags")
    else {
      const { commit_id: commit, tag: label, tag_id } = tag.success
      entries.set(tag_id, { tag: label, commit, record: yield* putTag(repository, tag.success) })
    }
  }
  return RefList.of(tagsKind, [...entries])
})

/** Says why a release stays behind; undefined if it need not. */
const refusalOf = (release: Release, taken: ReadonlyMap<string, ReleaseEntry>, { held, nodes }: AdoptedHistory) => {
  const { commit_id, snapshot_id, tag } = release
  if (!held.has(commit_id)) return `its commit ${commit_id} was not brought`
  const snapshot = nodes.get(commit_id)?.snapshot
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
    const decoded = yield* inSlices(() => decodeRelease(row))
    if (Result.isFailure(decoded)) {
      quarantine(what, decoded.failure.message)
      continue
    }
    const release = decoded.success
    const refusal = refusalOf(release, entries, history)
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
