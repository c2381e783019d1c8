/** Reads objects at places of packs, and those of a damaged block elsewhere. */
import { Effect, Result } from "effect"
import { elementAt, expected } from "../../base/expected.ts"
import { inSlices } from "../../base/Slices.ts"
import { findingObject } from "../../pack/packContent.ts"
import { isLoss } from "./Damage.ts"
import type { findingPlaces, ObjectName } from "./findingPlaces.ts"
import type { OpenPacks } from "./openPacks.ts"
import { corruptAs, type ObjectReadError, type PackedPlace } from "./PackReads.ts"

export interface ReadOptions {
  readonly ahead?: boolean
  readonly blocksAtOnce?: number
}

/** Blocks that one call reads at the same time, unless it asks for more. */
const fewBlocks = 4
/** Objects that are hashed in one slice; all of a block are seldom more than a MiB. */
const sliceObjects = 1000

/** Returns how to read objects; `find` finds those whose blocks are damaged in other packs. */
export const readingPlaces = ({ loseBlock, reads }: OpenPacks, find: ReturnType<typeof findingPlaces>["find"]) => {
  const readOnce = Effect.fnUntraced(function* (
    places: ReadonlyArray<PackedPlace>,
    { ahead = false, blocksAtOnce = fewBlocks }: ReadOptions
  ) {
    const byBlock = Map.groupBy(places.keys(), (position) => {
      const { object, pack } = expected(places[position], "a place")
      return `${pack.ref.sha256}/${object.block}`
    })
    const results = new Map<number, Result.Result<Uint8Array, ObjectReadError>>()
    yield* Effect.forEach(
      byBlock.values(),
      Effect.fnUntraced(function* (positions) {
        const first = expected(places[expected(positions[0], "an object of the block")], "its place")
        const block = reads.block(first.pack, first.object.block, ahead)
        const content = yield* Effect.result(Effect.tapError(block, loseBlock(first)))
        yield* inSlices(function* () {
          for (const [place, position] of positions.entries()) {
            const { object, pack } = expected(places[position], "a place")
            if ((place + 1) % sliceObjects === 0) yield
            const found = Result.isFailure(content)
              ? Result.fail(content.failure)
              : Result.mapError(
                  yield* findingObject(object, content.success),
                  corruptAs(pack.repository, pack.ref.sha256)
                )
            results.set(position, found)
          }
        })
      }),
      { concurrency: blocksAtOnce, discard: true }
    )
    return places.map((_, position) => expected(results.get(position), "what was read"))
  })

  /** Finds another place of an object that could not be read, with the same bytes. */
  const placesElsewhere = Effect.fnUntraced(function* (places: ReadonlyArray<PackedPlace>) {
    const [first] = places
    if (first === undefined) return []
    const names = places.map(({ object: { id, type } }) => ({ id, type }) as ObjectName)
    const found = yield* Effect.orElseSucceed(find(first.pack.repository, names), () => [])
    return places.map(({ object, pack }, position) => {
      const place = found[position]
      return place?.pack !== pack && place?.object.sha256 === object.sha256 ? place : undefined
    })
  })

  const read = Effect.fnUntraced(function* (places: ReadonlyArray<PackedPlace>, options: ReadOptions = {}) {
    const results = yield* readOnce(places, options)
    const lost = [...results.entries()].flatMap(([position, result]) =>
      Result.isFailure(result) && isLoss(result.failure) ? [position] : []
    )
    if (lost.length === 0) return results
    const elsewhere = yield* placesElsewhere(lost.map((position) => elementAt(places, position)))
    const again = lost.flatMap((position, at) => {
      const place = elsewhere[at]
      return place === undefined ? [] : [{ position, place }]
    })
    const second = yield* readOnce(
      again.map(({ place }) => place),
      { ...options, ahead: false }
    )
    const mended = new Map(again.map(({ position }, at) => [position, elementAt(second, at)]))
    return results.map((result, position) => mended.get(position) ?? result)
  })

  return read
}
