/** Tags a commit: the label gets an id and a time. */
import { Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import { nowIso } from "../../object/now.ts"
import { RandomId } from "../../port/RandomId.ts"
import { type Tag, TagId } from "../../repository/Tag.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { MoveServices } from "../write/moveRoot.ts"
import { storeTags, type StoreTagsError } from "./storeTags.ts"

export interface NewTag {
  readonly label: string
  readonly commit: CommitId
}

/** Tags a commit, even if it or another one has a tag with the same label. Returns the tag. */
export const tagCommit = Effect.fn("tagCommit")(function* (
  open: OpenRepository<"write">,
  { commit, label }: NewTag
): Effect.fn.Return<Tag, StoreTagsError, MoveServices> {
  const tag: Tag = {
    tag_id: TagId.make((yield* RandomId)()),
    repo_id: open.id,
    commit_id: commit,
    tag: label,
    created_at: yield* nowIso
  }
  yield* storeTags(open, [tag])
  return tag
})
