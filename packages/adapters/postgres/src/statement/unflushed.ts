import type { SqlClient } from "effect/sql"

/**
 * Lets a statement commit without waiting for the disk, as one of its columns. For rows that follow a root alone: if
 * the server crashes and loses the last of them, the root tells that the index is behind.
 */
export const unflushed = (sql: SqlClient.SqlClient) => sql`set_config('synchronous_commit', 'off', true)`
