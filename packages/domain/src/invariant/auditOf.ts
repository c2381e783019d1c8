/** What the audit log says of a change of a root. */
import { Effect } from "effect"
import type { AuditEvent } from "../port/Audit.ts"
import type { ReleaseEntry, TagEntry } from "../repository/refs/kinds.ts"
import type { ReadChunk, RefList } from "../repository/refs/RefList.ts"
import type { RefEntry } from "../repository/refs/RefNode.ts"
import type { Root, RootAction, RootChange } from "../repository/Root.ts"
import type { TagId } from "../repository/Tag.ts"
import type { RefChunks, RefsError } from "./refs/RefChunks.ts"

/** The daily work, which the reflog has. An action that is not listed here is in the audit log. */
const work = new Set<RootAction>([
  "push",
  "commit-files",
  "create-branch",
  "merge-proposal",
  "open-proposal",
  "close-proposal",
  "reopen-proposal",
  "store-tags",
  "publish-release"
])

type Pairs = ReadonlyArray<readonly [string, unknown]>

/** Returns the pairs that differ, as they are after the change. */
const changed = (what: string, before: Pairs, after: Pairs): ReadonlyArray<string> => {
  const texts = (pairs: Pairs) => new Map(pairs.map(([name, value]) => [name, JSON.stringify(value)]))
  const [old, present] = [texts(before), texts(after)]
  return [...new Set([...old.keys(), ...present.keys()])]
    .filter((name) => old.get(name) !== present.get(name))
    .map((name) => `${what} ${name}: ${present.get(name) ?? "none"}`)
}

/** Returns the entries of a list that a change made others, as they were and as they are. */
const changedRefs = Effect.fnUntraced(function* <K extends string, V>(
  read: ReadChunk<K, V, RefsError, never>,
  before: RefList<K, V>,
  after: RefList<K, V>
) {
  const old: Array<readonly [K, V]> = []
  const present: Array<readonly [K, V]> = []
  for (const [key, value] of after.editsSince(before)) {
    const was = yield* before.find(key, read)
    if (was !== undefined) old.push([key, was])
    if (value !== undefined) present.push([key, value])
  }
  return { old, present }
})

const tagPair = ([id, { commit, tag }]: RefEntry<TagId, TagEntry>) => [`${tag} at ${commit}`, id] as const

const releasePair = ([tag, { record }]: RefEntry<string, ReleaseEntry>) => [tag, record] as const

/** Returns the event of a change; undefined for daily work. */
export const auditOf = Effect.fnUntraced(function* (
  chunks: RefChunks,
  before: Root,
  after: Root,
  { action, by, moves }: RootChange
) {
  if (work.has(action)) return undefined
  const { id } = before.repository
  const settings = (root: Root): Pairs => Object.entries(root.repository)
  const tags = yield* changedRefs(chunks.reading(id, before.tags.kind), before.tags, after.tags)
  const releases = yield* changedRefs(chunks.reading(id, before.releases.kind), before.releases, after.releases)
  const event: Omit<AuditEvent, "outcome"> = {
    action,
    by,
    about: `${before.repository.owner}/${before.repository.slug}`,
    details: [
      ...moves.map(({ from, ref, to }) => `${ref}: ${from ?? "none"} to ${to ?? "none"}`),
      ...changed("grant of", before.grants, after.grants),
      ...changed("protection of", before.protection, after.protection),
      ...changed("setting", settings(before), settings(after)),
      ...changed("offer", [["to", before.offeredTo]], [["to", after.offeredTo]]),
      ...changed("tag", tags.old.map(tagPair), tags.present.map(tagPair)),
      ...changed("release", releases.old.map(releasePair), releases.present.map(releasePair))
    ]
  }
  return event
})
