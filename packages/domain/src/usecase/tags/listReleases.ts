/** Lists the releases of a repository from its root and their stored records, without the index. */
import { Effect, Option, Stream } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { refIn, refsIn } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { readRelease, readSizedRelease } from "../../invariant/RepositoryDocuments.ts"
import type { Channel, Release } from "../../repository/Tag.ts"
import { teamRolesOf } from "../../invariant/teams/TeamRoles.ts"
import { isElsewhere, mayWrite } from "../../repository/rule/roles.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { ReleasesTooLarge, ReleaseUnknown } from "./errors.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
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

/** Returns the tags and entries of the releases that a caller may see, the last published first. */
const entriesFor = Effect.fnUntraced(function* (open: OpenRepository, filter: ReleaseFilter) {
  const drafts = filter.drafts && (yield* maySeeDrafts(open))
  const { value: root } = open.root
  return (yield* Stream.runCollect(refsIn(root, root.releases)))
    .filter(([, { channel, draft }]) => (drafts || !draft) && (filter.channel ?? channel) === channel)
    .toSorted(([, one], [, other]) => other.order - one.order)
})

type Entries = Effect.Success<ReturnType<typeof entriesFor>>

/** Reads the records of releases: all of them, or it fails. */
const readRecords = Effect.fnUntraced(function* (open: OpenRepository, entries: Entries) {
  const releases: Array<Release> = []
  let bytes = 0
  for (let start = 0; start < entries.length; start += storeConcurrency) {
    const batch = entries.slice(start, start + storeConcurrency)
    const read = yield* Effect.forEach(batch, ([, { record }]) => readSizedRelease(open.id, record), {
      concurrency: storeConcurrency
    })
    for (const { size } of read) bytes += size
    if (bytes > listedBytesMax) return yield* new ReleasesTooLarge({ limitBytes: listedBytesMax })
    for (const { value } of read) releases.push(value)
  }
  return releases as ReadonlyArray<Release>
})

export type ListReleasesError = ReleasesTooLarge | ObjectCorrupt | RefsError

/** Lists releases, the last published first, as the client shows them: all of them, or it fails. */
export const listReleases = Effect.fn("listReleases")(function* (
  open: OpenRepository,
  filter: ReleaseFilter
): Effect.fn.Return<ReadonlyArray<Release>, ListReleasesError, ObjectStore | Roots> {
  return yield* readRecords(open, yield* entriesFor(open, filter))
})

/** Lists a page of releases, the last published first, and reads no others. A cursor is the tag of the last one. */
export const pageOfReleases = Effect.fn("pageOfReleases")(function* (
  open: OpenRepository,
  filter: ReleaseFilter,
  { after, limit }: PageRequest
): Effect.fn.Return<Page<Release>, CursorRefused | ListReleasesError, ObjectStore | Roots> {
  const entries = yield* entriesFor(open, filter)
  const start = after === undefined ? 0 : entries.findIndex(([tag]) => tag === after) + 1
  if (after !== undefined && start === 0) {
    return yield* new CursorRefused({ reason: "refers to a release that no longer exists" })
  }
  const shown = entries.slice(start, start + limit)
  const last = start + shown.length < entries.length ? shown.at(-1) : undefined
  const page: Page<Release> = {
    items: yield* readRecords(open, shown),
    next: Option.map(Option.fromUndefinedOr(last), ([tag]) => tag)
  }
  return page
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
