/**
 * Publishes releases: versions of the repository with notes. The record is stored under its hash before the root names
 * it. A published release is immutable; a draft can be replaced until it is published.
 */
import { Effect, Stream } from "effect"
import { refIn, refsIn, withRefs } from "../../invariant/refs/refs.ts"
import { encodingRelease, putRelease, readRelease } from "../../invariant/RepositoryDocuments.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { inSlices } from "../../base/Slices.ts"
import type { Sha256 } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ReleaseEntry } from "../../repository/refs/kinds.ts"
import type { Release } from "../../repository/Tag.ts"
import { knownCommits } from "../graph/knownCommits.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { checkSeen, EditedMeanwhile, fieldsOfRelease, type SeenFields } from "../../repository/rule/SeenFields.ts"
import { ReleaseExists, ReleaseRefused, ReleaseUnknown } from "./errors.ts"

/** Checks that the release names a commit that some root led to, and that commit's own snapshot. */
const checkContent = Effect.fnUntraced(function* (open: OpenRepository<"write">, release: Release) {
  const { commit_id: commit, snapshot_id: snapshot, tag } = release
  const refuse = (reason: string) => new ReleaseRefused({ tag, reason })
  const commits = yield* Effect.catchTag(knownCommits(open, [commit]), "CommitUnknown", () =>
    Effect.fail(refuse(`commit ${commit} is not in this repository; push it first`))
  )
  const has = commits.get(commit)?.snapshotId
  if (has !== snapshot) return yield* refuse(`commit ${commit} has the snapshot ${has}`)
})

const entryOf = (release: Release, record: Sha256): Omit<ReleaseEntry, "order"> => ({
  id: release.release_id,
  channel: release.channel,
  draft: release.is_draft,
  record
})

/** Returns the record that the root names for a tag. Refuses a draft that is not as it was seen, or is gone. */
const recordSeen = Effect.fnUntraced(function* (open: OpenRepository<"write">, tag: string, seen: SeenFields) {
  const root = open.root.value
  const entry = yield* refIn(root, root.releases, tag)
  if (entry === undefined) yield* checkSeen({}, seen)
  else if (entry.draft) yield* checkSeen(fieldsOfRelease(yield* readRelease(open.id, entry.record)), seen)
  return entry?.record
})

export type PublishReleaseError =
  | EditedMeanwhile
  | ObjectCorrupt
  | ReleaseExists
  | ReleaseRefused
  | PackLost
  | RepositoryFull
  | MoveError
  | IndexUnavailable

/**
 * Publishes a release, or a draft of one, and returns it. Publishing the same record again changes nothing; a draft is
 * replaced by a release with its tag and id, if it is as it was seen. A tag that is taken otherwise stays as it is.
 */
export const publishRelease = Effect.fn("publishRelease")(function* (
  open: OpenRepository<"write">,
  release: Release,
  seen?: SeenFields
): Effect.fn.Return<Release, PublishReleaseError, MoveServices> {
  yield* checkContent(open, release)
  const { tag } = release
  const record = yield* inSlices(() => encodingRelease(release))
  const entry = entryOf(release, record.sha256)
  const former = seen === undefined ? undefined : yield* recordSeen(open, tag, seen)
  const decide: Decision<EditedMeanwhile | ReleaseExists | ReleaseRefused | RepositoryFull> = Effect.fnUntraced(
    function* (root) {
      const present = yield* refIn(root, root.releases, tag)
      if (present?.record === entry.record) return null
      if (present !== undefined && !(present.draft && present.id === entry.id)) return yield* new ReleaseExists({ tag })
      if (seen !== undefined && present?.record !== former) {
        return yield* new EditedMeanwhile({ fields: Object.keys(seen) })
      }
      const all = yield* Stream.runCollect(refsIn(root, root.releases))
      const others = all.flatMap(([name, other]) => (name === tag ? [] : [other]))
      if (others.some(({ id }) => id === entry.id)) {
        return yield* new ReleaseRefused({ tag, reason: `release_id ${entry.id} belongs to another release` })
      }
      yield* checkCount("releases", others.length + 1)
      const order = 1 + Math.max(0, ...all.map(([, other]) => other.order))
      return {
        root: { releases: yield* withRefs(root, root.releases, [[tag, { ...entry, order }]]) },
        change: { action: "publish-release", by: open.principal.user, at: yield* nowIso, moves: [] }
      }
    }
  )
  yield* decide(open.root.value)
  yield* putRelease(open.id, record)
  yield* moveRoot(open, decide)
  return release
})

export type DeleteReleaseError = ReleaseUnknown | MoveError

/** Deletes a release or a draft. */
export const deleteRelease = Effect.fn("deleteRelease")(function* (
  open: OpenRepository<"write">,
  tag: string
): Effect.fn.Return<void, DeleteReleaseError, MoveServices> {
  const decide: Decision<ReleaseUnknown> = Effect.fnUntraced(function* (root) {
    if ((yield* refIn(root, root.releases, tag)) === undefined) return yield* new ReleaseUnknown({ tag })
    return {
      root: { releases: yield* withRefs(root, root.releases, [[tag, undefined]]) },
      change: { action: "delete-release", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  yield* moveRoot(open, decide)
})
