/** The least that an operator's commands could do: read rows, insert rows, read packs. */
import { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { elementAt } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import { objectIn } from "@musehub/domain/pack/packContent"
import { readBlock, readDirectory } from "@musehub/domain/pack/readPacked"
import { Effect, Result, Stream } from "effect"
import { readdir, readFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { recordsIn, run } from "../../../test/src/legacy/legacyDatabase.ts"
import { timed } from "../load/measure.ts"
import type { Portion } from "./generatedLegacy.ts"

/** Reads and decodes all rows of a legacy hub and the files of its blobs, and forgets them. Returns the seconds. */
export const readLegacy = (url: string, folder: string, portions: ReadonlyArray<Portion>): Promise<number> =>
  timed(() =>
    Effect.runPromise(
      Effect.gen(function* () {
        const records = yield* LegacyRecords
        for (const { blobs, commits, snapshots } of portions) {
          yield* records.commits(commits)
          yield* records.snapshots(snapshots)
          for (const blob of (yield* records.blobs(blobs)).values()) {
            const content = Result.isSuccess(blob) ? blob.success.content : undefined
            if (Stream.isStream(content)) yield* Stream.runDrain(content)
          }
        }
      }).pipe(Effect.provide(recordsIn(url, folder)))
    )
  )

/** Rows that are read, and inserted, together. */
const rowsAtOnce = 5000

/**
 * Inserts the rows of all tables of one index into those of another, which are empty, in statements of many rows.
 * Returns the seconds that the insertions take, without the reading, and the number of rows.
 */
export const insertRows = (from: string, to: string): Promise<{ readonly seconds: number; readonly rows: number }> =>
  Effect.runPromise(
    Effect.gen(function* () {
      let [seconds, rows] = [0, 0]
      const tables = yield* run(
        from,
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'
           AND table_type = 'BASE TABLE' AND table_name NOT LIKE '%migrations%'`
      )
      for (const { name } of tables) {
        const table = String(name)
        for (let at = 0; ; at += rowsAtOnce) {
          const [portion] = yield* run(
            from,
            `SELECT count(*)::int AS count, json_agg(row)::text AS rows
             FROM (SELECT * FROM ${table} ORDER BY ctid OFFSET ${at} LIMIT ${rowsAtOnce}) AS row`
          )
          const count = Number(portion?.["count"])
          if (count === 0) break
          const started = performance.now()
          yield* run(
            to,
            `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
             SELECT * FROM json_populate_recordset(NULL::${table}, $1::text::json) ON CONFLICT DO NOTHING`,
            [portion?.["rows"]]
          )
          seconds += (performance.now() - started) / 1000
          rows += count
        }
      }
      return { seconds, rows }
    })
  )

/** Reads every pack of a store, decompresses its blocks and hashes each object. Returns the seconds. */
export const hashPacks = (folder: string): Promise<number> =>
  timed(async () => {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || basename(entry.parentPath) !== "packs") continue
      const bytes = await readFile(join(entry.parentPath, entry.name))
      await Effect.runPromise(
        Effect.gen(function* () {
          const read = (start: number, end: number) => Effect.succeed(bytes.subarray(start, end))
          const directory = yield* readDirectory(bytes.byteLength, read)
          const contents = yield* Effect.forEach(directory.blocks, (block) => readBlock(block, read))
          for (const object of directory) sha256(Result.getOrThrow(objectIn(object, elementAt(contents, object.block))))
        })
      )
    }
  })
