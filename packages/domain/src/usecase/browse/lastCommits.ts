/**
 * Finds the commit that touched each item of a folder last. Of a file it is the newest ancestor that gave it the
 * present blob, of a folder the newest that touched a file below it.
 */
import { Effect } from "effect"
import type { BlobId, CommitId } from "../../object/Id.ts"
import { TouchIndex, type TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"
import type { TreeItem } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { commitsSaid, type SaidCommit } from "./commitsSaid.ts"
import type { PathHistoryServices } from "./pathHistory.ts"
import type { TreeError } from "./viewed.ts"

/** Touches of a path that are looked at: first a few, since mostly the newest is the one. */
const depths = [4, 256, 4096] as const

type Item = Pick<TreeItem, "path"> & { readonly blob?: BlobId | undefined }

/** Finds the places of the last touches of these items. Leaves out items without one. */
const lastPlaces = Effect.fnUntraced(function* (open: OpenRepository, lineage: Lineage, items: ReadonlyArray<Item>) {
  const { latestTouches } = yield* TouchIndex
  const generation = lineage.generationAt(lineage.size - 1)
  const places = new Map<string, CommitId>()
  let rest = items
  for (const depth of depths) {
    if (rest.length === 0) break
    const latest = yield* latestTouches({
      repository: open.id,
      files: rest.flatMap(({ blob, path }) => (blob === undefined ? [] : [path])),
      folders: rest.flatMap(({ blob, path }) => (blob === undefined ? [path] : [])),
      generation,
      depth
    })
    rest = rest.filter(({ blob, path }) => {
      const isHere = (place: TouchPlace) => lineage.placeOf(place) !== undefined
      const touches = latest.files.get(path)
      const found =
        blob === undefined
          ? latest.folders.get(path)?.find(isHere)
          : touches?.find((touch) => touch.after === blob && isHere(touch))
      if (found !== undefined) places.set(path, found.commit)
      const seen = (blob === undefined ? latest.folders.get(path) : touches)?.length
      return found === undefined && seen === depth
    })
  }
  return places
})

/** Returns what the last commit of each item says, by path. Leaves out those that are not derived yet. */
export const lastCommits = Effect.fn("lastCommits")(function* (
  open: OpenRepository,
  head: CommitId,
  items: ReadonlyArray<Item>
): Effect.fn.Return<ReadonlyMap<string, SaidCommit>, TreeError, PathHistoryServices> {
  const places = yield* admitted(
    "list",
    Effect.gen(function* () {
      const { id } = yield* visibleCommit(open, head)
      return yield* lastPlaces(open, yield* lineageOf(open.id, id), items)
    })
  )
  const paths = [...places.keys()]
  const said = yield* commitsSaid(open, [...places.values()])
  return new Map(paths.map((path, position): readonly [string, SaidCommit] => [path, said(position)]))
})
