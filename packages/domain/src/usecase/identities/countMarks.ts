/** Counts who follows a handle and who stars a repository, as far as that was derived. */
import { Effect } from "effect"
import { type Mark, MarkIndex } from "../../port/index/derived/MarkIndex.ts"
import { fullNameText, type UserName } from "../../repository/Names.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Counts handles by their public identities; null while the index is unavailable. */
const counted = (mark: Mark): Effect.Effect<number | null, never, MarkIndex> =>
  MarkIndex.use(({ countMarks }) => countMarks(mark)).pipe(
    Effect.catch((error) => Effect.as(Effect.logWarning(`nobody is counted who ${mark.kind} ${mark.of}`, error), null))
  )

/** Counts the handles that follow a handle, without itself. */
export const countFollowers = (handle: UserName) => counted({ kind: "follows", of: handle })

/** Counts the handles that star a repository by the name that it has, without its owner. */
export const countStars = ({ root }: OpenRepository) =>
  counted({ kind: "stars", of: fullNameText(root.value.repository) })
