/** Lists the rows of objects, and digests them. */
import { atOnce } from "@musehub/domain/base/Slices"
import { byText } from "@musehub/domain/base/text/byText"
import type { ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import { digestingRows, nodeText, rowText } from "@musehub/domain/port/index/digest/digestingRows"
import type { ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { pageOf, type PageRequest } from "@musehub/domain/port/Page"
import { Effect } from "effect"
import { nodeOf, rowsOfType } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

export const make = (rows: Rows): Pick<ObjectIndex["Service"], "rows" | "rowsDigest" | "nodesDigest"> => {
  const pageOfRows = (repository: RepositoryId, type: ObjectType, page: PageRequest) =>
    pageOf(
      rowsOfType(rows.of(repository), type).toSorted((a, b) => byText(a.id, b.id)),
      ({ id }) => id,
      page
    )
  return {
    rows: (repository, type, page) => Effect.sync(() => pageOfRows(repository, type, page)),
    rowsDigest: (repository, type, page) =>
      Effect.sync(() => atOnce(digestingRows(pageOfRows(repository, type, page).items, rowText))),
    nodesDigest: (repository, page) =>
      Effect.sync(() => {
        const of = rows.of(repository)
        const nodes = Array.from(of.commits.values(), ({ entry }) => nodeOf(of, entry))
        const { items } = pageOf(
          nodes.toSorted((a, b) => byText(a.id, b.id)),
          ({ id }) => id,
          page
        )
        return atOnce(digestingRows(items, nodeText))
      })
  }
}
