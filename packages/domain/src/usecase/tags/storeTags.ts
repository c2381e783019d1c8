/**
 * Stores and deletes tags: labels on commits. The record of a tag is stored under its hash before the root names it,
 * and all tags of a call are added to the root at once.
 */
import { Effect } from "effect"
import { refIn, withRefs } from "../../invariant/refs/refs.ts"
import { putTag } from "../../invariant/RepositoryDocuments.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { sha256 } from "../../object/Digest.ts"
import { tagCodec } from "../../repository/codecs.ts"
import type { TagEntry } from "../../repository/refs/kinds.ts"
import type { Root } from "../../repository/Root.ts"
import type { Tag, TagId } from "../../repository/Tag.ts"
import { knownCommits } from "../graph/knownCommits.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { checkRefsRoom } from "../../repository/rule/rootRoom.ts"
import { TagConflict, TagUnknown } from "./errors.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

interface Incoming {
  readonly id: TagId
  readonly entry: TagEntry
  readonly tag: Tag
}

const incoming = (tag: Tag): Incoming => ({
  id: tag.tag_id,
  entry: { tag: tag.tag, commit: tag.commit_id, record: sha256(tagCodec.encode(tag)) },
  tag
})

/** Returns the new tags, without duplicates. An id belongs to one record forever. */
const freshAmong = Effect.fnUntraced(function* (root: Root, tags: ReadonlyArray<Incoming>) {
  const fresh = new Map<TagId, Incoming>()
  for (const each of tags) {
    const { entry, id } = each
    const known = fresh.get(id)?.entry ?? (yield* refIn(root, root.tags, id))
    if (known === undefined) fresh.set(id, each)
    else if (known.record !== entry.record) return yield* new TagConflict({ id })
  }
  yield* checkCount("tags", root.tags.count + fresh.size)
  return [...fresh.values()]
})

const withTags = (root: Root, fresh: ReadonlyArray<Incoming>) =>
  Effect.map(
    withRefs(
      root,
      root.tags,
      fresh.map(({ entry, id }) => [id, entry])
    ),
    (tags): Pick<Root, "tags"> => ({ tags })
  )

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
  const fresh = yield* freshAmong(present, offered)
  yield* checkRefsRoom(present, { ...present, ...(yield* withTags(present, fresh)) })
  yield* Effect.forEach(fresh, ({ tag }) => putTag(open.id, tag), { concurrency: storeConcurrency, discard: true })
  let stored = 0
  const decide: Decision<TagConflict | RepositoryFull> = Effect.fnUntraced(function* (root) {
    const added = yield* freshAmong(root, offered)
    stored = added.length
    if (added.length === 0) return null
    return {
      root: yield* withTags(root, added),
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
    const tag = id as TagId
    if ((yield* refIn(root, root.tags, tag)) === undefined) return yield* new TagUnknown({ id })
    return {
      root: { tags: yield* withRefs(root, root.tags, [[tag, undefined]]) },
      change: { action: "delete-tag", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  yield* moveRoot(open, decide)
})
