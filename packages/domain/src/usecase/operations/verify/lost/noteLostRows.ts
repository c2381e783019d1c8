/** Notes which objects have a row and are in no pack that can be read: the rows are the last that is known of them. */
import { Effect, Stream } from "effect"
import { type ObjectName } from "../../../../invariant/packs/Packs.ts"
import { ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { ObjectIndex } from "../../../../port/index/ObjectIndex.ts"
import { everyItem } from "../../../../port/Page.ts"
import type { Inspection } from "../Inspection.ts"
import type { HeldObjects } from "../packs/checkingObjects.ts"

/** Rows per page. */
const pageSize = 1000

export const noteLostRows = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  { large, table }: HeldObjects
) {
  const index = yield* ObjectIndex
  for (const type of ObjectType.literals) {
    yield* Stream.runForEach(
      everyItem(pageSize, (page) => index.rows(repository, type, page)),
      ({ id, sha256 }) =>
        Effect.sync(() => {
          if (table.has(type, id) || large.has(id)) return
          inspection.lacksObject({ ...({ type, id } as ObjectName), sha256, pack: undefined })
        })
    )
  }
})
