import type { SqlClient } from "effect/sql"

/**
 * Lets a statement commit without waiting for the disk, as one of its columns. For rows that follow a root, which
 * tells that the index is behind if the server crashes and loses the last of them, and for blobs that were sent ahead,
 * which the client is asked for again.
 */
export const unflushed = (sql: SqlClient.SqlClient) => sql`set_config('synchronous_commit', 'off', true)`
