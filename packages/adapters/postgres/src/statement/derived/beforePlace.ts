/** Where a page of what commits did goes on. */
import type { TouchPlace } from "@musehub/domain/port/index/derived/TouchIndex"
import type { SqlClient } from "effect/sql"

/** What stands before a place, children before parents, as a part of a `WHERE`; all of it where there is no place. */
export const beforePlace = (sql: SqlClient.SqlClient, place: TouchPlace | undefined) =>
  place === undefined
    ? sql``
    : sql`AND (generation, commit) < (${place.generation}::integer, decode(${place.commit}, 'hex'))`
