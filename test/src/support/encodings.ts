/** What a store and an index are made of: canonical objects and documents, and nothing in another encoding. */
import { PgConnection } from "@effect/sql-pg"
import { assert } from "@effect/vitest"
import { readDirectory } from "@musehub/domain/pack/readPacked"
import { Effect, Redacted } from "effect"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { basename, join, relative } from "node:path"
import { packContent } from "../e2e/muse/packContent.ts"

/** Asserts that bytes are a document: its frame, and JSON. Throws on anything else, such as msgpack. */
const assertDocument = (bytes: Uint8Array, where: string) => {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  const [, size = "", json = ""] = /^[a-z]+ (\d+)\0(\{.*\})$/s.exec(text) ?? []
  assert.strictEqual(String(Buffer.byteLength(json)), size, where)
  JSON.parse(json)
}

/** Asserts that a file of the store is a pack of canonical objects, a large blob, or a document. A lock is empty. */
const scanFile = Effect.fnUntraced(function* (folder: string, path: string) {
  if (basename(path) === "lock") return 0
  const bytes = readFileSync(join(folder, path))
  const [, , kind, name] = path.split("/")
  if (path.startsWith("repositories/") && (kind === "packs" || kind === "blobs")) {
    assert.strictEqual<string | undefined>(createHash("sha256").update(bytes).digest("hex"), name, path)
    if (kind === "blobs") return 0
    const read = (start: number, end: number) => Effect.succeed(bytes.subarray(start, end))
    const { blocks } = yield* readDirectory(bytes.byteLength, read)
    return packContent([{ file: bytes, blocks }]).length
  }
  assertDocument(bytes, path)
  return 0
})

/** Reads every value of every column of bytes. */
const binaryColumns = Effect.fnUntraced(function* (url: string) {
  const connection = yield* PgConnection.make({ url: Redacted.make(url) })
  const columns = yield* connection.queryValues(
    `SELECT format('%I.%I', table_schema, table_name), format('%I', column_name) FROM information_schema.columns
     WHERE data_type = 'bytea' AND table_schema NOT IN ('pg_catalog', 'information_schema')`
  )
  const values = yield* Effect.forEach(columns, ([table, column]) =>
    Effect.map(
      connection.queryValues(`SELECT encode(${column}, 'hex') FROM ${table} WHERE ${column} IS NOT NULL`),
      (rows) => rows.map(([hex]) => ({ where: `${table}.${column}`, bytes: Buffer.from(String(hex), "hex") }))
    )
  )
  return values.flat()
}, Effect.scoped)

/**
 * Asserts that a store in a folder has packs of canonical objects, large blobs and documents, and that the columns of
 * bytes of an index have documents. Returns how many objects are in the packs.
 */
export const scanEncodings = Effect.fnUntraced(function* (folder: string, url: string) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : []
  )
  let objects = 0
  for (const path of paths) objects += yield* scanFile(folder, path)
  for (const { bytes, where } of yield* binaryColumns(url)) assertDocument(bytes, where)
  return objects
})
