/** Lists the rows of objects, and digests them. */
import { atOnce } from "@musehub/domain/base/Slices"
import { byText } from "@musehub/domain/base/text/byText"
import type { ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import { digestingRows } from "@musehub/domain/port/index/digestingRows"
import type { ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { pageOf, type PageRequest } from "@musehub/domain/port/Page"
import { Effect } from "effect"
import { rowsOfType } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

export const make = (rows: Rows): Pick<ObjectIndex["Service"], "rows" | "rowsDigest"> => {
  const pageOfRows = (repository: RepositoryId, type: ObjectType, page: PageRequest) =>
    pageOf(
      rowsOfType(rows.of(repository), type).toSorted((a, b) => byText(a.id, b.id)),
      ({ id }) => id,
      page
    )
  return {
    rows: (repository, type, page) => Effect.sync(() => pageOfRows(repository, type, page)),
    rowsDigest: (repository, type, page) =>
      Effect.sync(() => atOnce(digestingRows(pageOfRows(repository, type, page).items)))
  }
}
