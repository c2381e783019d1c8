/** Lists the releases of a repository from its root and their stored records, without the index. */
import { Effect, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refIn, refsIn } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { readRelease, readSizedRelease } from "../../invariant/RepositoryDocuments.ts"
import type { Channel, Release } from "../../repository/Tag.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import { isElsewhere, mayWrite } from "../../repository/rule/roles.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ReleasesTooLarge, ReleaseUnknown } from "./errors.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

export interface ReleaseFilter {
  readonly channel?: Channel | undefined
  /** Whether to include drafts, which only users with write access see. */
  readonly drafts: boolean
}

/** The maximum stored size of the records in one list. The client reads at most 64 MiB (docs/wire.md, section 3). */
const listedBytesMax = 60 * 1024 * 1024

/** Returns whether the caller may see drafts. A token limited to another repository counts as anonymous. */
const maySeeDrafts = Effect.fnUntraced(function* ({ principal, root: { value: root } }: OpenRepository) {
  if (principal === null || isElsewhere(root, principal)) return false
  return mayWrite(root, principal.user, yield* teamRolesOf(root))
})

export type ListReleasesError = ReleasesTooLarge | ObjectCorrupt | RefsError

/** Lists releases, the last published first, as the client shows them: all of them, or it fails. */
export const listReleases = Effect.fn("listReleases")(function* (
  open: OpenRepository,
  filter: ReleaseFilter
): Effect.fn.Return<ReadonlyArray<Release>, ListReleasesError, ObjectStore | Roots> {
  const drafts = filter.drafts && (yield* maySeeDrafts(open))
  const { value: root } = open.root
  const entries = (yield* Stream.runCollect(refsIn(root, root.releases)))
    .map(([, entry]) => entry)
    .filter(({ channel, draft }) => (drafts || !draft) && (filter.channel ?? channel) === channel)
    .toSorted((one, other) => other.order - one.order)
  const releases: Array<Release> = []
  let bytes = 0
  for (let start = 0; start < entries.length; start += storeConcurrency) {
    const batch = entries.slice(start, start + storeConcurrency)
    const read = yield* Effect.forEach(batch, ({ record }) => readSizedRelease(open.id, record), {
      concurrency: storeConcurrency
    })
    for (const { size } of read) bytes += size
    if (bytes > listedBytesMax) return yield* new ReleasesTooLarge({ limitBytes: listedBytesMax })
    for (const { value } of read) releases.push(value)
  }
  return releases as ReadonlyArray<Release>
})

export type ShowReleaseError = ReleaseUnknown | ObjectCorrupt | RefsError

/** Returns one release. A draft exists only for callers with write access. */
export const showRelease = Effect.fn("showRelease")(function* (
  open: OpenRepository,
  tag: string
): Effect.fn.Return<Release, ShowReleaseError, ObjectStore | Roots> {
  const entry = yield* refIn(open.root.value, open.root.value.releases, tag)
  if (entry === undefined || (entry.draft && !(yield* maySeeDrafts(open)))) return yield* new ReleaseUnknown({ tag })
  return yield* readRelease(open.id, entry.record)
})
