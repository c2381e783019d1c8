/**
 * Stores and deletes tags: labels on commits. The record of a tag is stored under its hash before the root names it,
 * and all tags of a call are added to the root at once.
 */
import { Effect } from "effect"
import { putTag } from "../../invariant/RepositoryDocuments.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { sha256 } from "../../object/Digest.ts"
import { tagCodec } from "../../repository/codecs.ts"
import type { Root, TagEntry } from "../../repository/Root.ts"
import type { Tag } from "../../repository/Tag.ts"
import { knownCommits } from "../graph/knownCommits.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { checkRoom } from "../../repository/rule/rootRoom.ts"
import { TagConflict, TagUnknown } from "./errors.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

interface Incoming {
  readonly entry: TagEntry
  readonly tag: Tag
}

const incoming = (tag: Tag): Incoming => ({
  entry: { id: tag.tag_id, tag: tag.tag, commit: tag.commit_id, record: sha256(tagCodec.encode(tag)) },
  tag
})

/** Returns the new tags, without duplicates. An id belongs to one record forever. */
const freshAmong = Effect.fnUntraced(function* (present: ReadonlyArray<TagEntry>, tags: ReadonlyArray<Incoming>) {
  const records = new Map(present.map(({ id, record }) => [id, record]))
  const fresh: Array<Incoming> = []
  for (const each of tags) {
    const { id, record } = each.entry
    const known = records.get(id)
    if (known !== undefined && known !== record) return yield* new TagConflict({ id })
    if (known !== undefined) continue
    records.set(id, record)
    fresh.push(each)
  }
  yield* checkCount("tags", records.size)
  return fresh
})

const byId = (one: TagEntry, other: TagEntry) => (one.id < other.id ? -1 : 1)

const withTags = (root: Root, fresh: ReadonlyArray<Incoming>): Pick<Root, "tags"> => ({
  tags: [...root.tags, ...fresh.map(({ entry }) => entry)].toSorted(byId)
})

export type StoreTagsError = TagConflict | CommitUnknown | PackLost | RepositoryFull | MoveError | IndexUnavailable

/**
 * Stores all of these tags or none, and returns how many are new. Storing the same tag again changes nothing; an id
 * that belongs to another tag fails.
 */
export const storeTags = Effect.fn("storeTags")(function* (
  open: OpenRepository<"write">,
  tags: ReadonlyArray<Tag>
): Effect.fn.Return<{ readonly stored: number }, StoreTagsError, MoveServices> {
  const offered = tags.map(incoming)
  yield* knownCommits(
    open,
    tags.map((tag) => tag.commit_id)
  )
  const { value: present } = open.root
  const fresh = yield* freshAmong(present.tags, offered)
  yield* checkRoom(present, { ...present, ...withTags(present, fresh) })
  yield* Effect.forEach(fresh, ({ tag }) => putTag(open.id, tag), { concurrency: storeConcurrency, discard: true })
  let stored = 0
  const decide: Decision<TagConflict | RepositoryFull> = Effect.fnUntraced(function* (root) {
    const added = yield* freshAmong(root.tags, offered)
    stored = added.length
    if (added.length === 0) return null
    return {
      root: withTags(root, added),
      change: { action: "store-tags", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  yield* moveRoot(open, decide)
  return { stored }
})

export type DeleteTagError = TagUnknown | MoveError

/** Deletes a tag. */
export const deleteTag = Effect.fn("deleteTag")(function* (
  open: OpenRepository<"write">,
  id: string
): Effect.fn.Return<void, DeleteTagError, MoveServices> {
  const decide: Decision<TagUnknown> = Effect.fnUntraced(function* (root) {
    const tags = root.tags.filter((entry) => entry.id !== id)
    if (tags.length === root.tags.length) return yield* new TagUnknown({ id })
    return {
      root: { tags },
      change: { action: "delete-tag", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  yield* moveRoot(open, decide)
})
