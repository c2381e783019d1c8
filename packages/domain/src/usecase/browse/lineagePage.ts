/** Pages of what is recorded by commit, of which those count that are in the history of one. */
import { Effect } from "effect"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import type { TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import { CursorRefused } from "../../port/Page.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"

export const foreignCursor = new CursorRefused({ reason: "was not issued by this list" })

/** The commit at which a list began, and the last place that it has shown. */
const cursorPattern = /^(.{64})(\d{1,9})\.(.{64})$/

export const cursorOf = (head: CommitId, { commit, generation }: TouchPlace): string => `${head}${generation}.${commit}`

/** Returns what a cursor says; undefined for one that is none. */
export const placeOf = (cursor: string) => {
  const [, head, generation, commit] = cursorPattern.exec(cursor) ?? []
  return isCommitId(head) && isCommitId(commit)
    ? { head, last: { generation: Number(generation), commit } satisfies TouchPlace }
    : undefined
}

/** Before all places of a commit and its ancestors. */
export const beforeAll = (generation: number): TouchPlace => ({
  generation: generation + 1,
  commit: "0".repeat(64) as CommitId
})

/** Places that are looked at for one page: the rest of them are of other lines of the history. */
const placesMax = 20_000
const portionMin = 64
const portionMax = 4096

/** Finds places in a lineage, newest first. `next` is where to go on; undefined if there are no more. */
export const inLineage = Effect.fnUntraced(function* <A extends TouchPlace, E, R>(
  read: (page: { readonly after: TouchPlace; readonly limit: number }) => Effect.Effect<ReadonlyArray<A>, E, R>,
  lineage: Lineage,
  { after, limit }: { readonly after: TouchPlace; readonly limit: number }
) {
  const found: Array<A> = []
  let last = after
  let portion = Math.max(portionMin, limit + 1)
  for (let seen = 0; seen < placesMax;) {
    const places = yield* read({ after: last, limit: portion })
    for (const place of places) {
      if (lineage.placeOf(place) !== undefined) {
        if (found.length === limit) return { found, next: found.at(-1) as TouchPlace | undefined }
        found.push(place)
      }
      last = place
    }
    if (places.length < portion) return { found, next: undefined }
    seen += places.length
    portion = Math.min(portionMax, 4 * portion)
  }
  return { found, next: last }
})
