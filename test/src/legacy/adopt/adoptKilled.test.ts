/**
 * `musehub adopt` is killed at random moments, and the next run ends where an undisturbed one does: with the same
 * history, a sound store, an index that the store gives, and nothing in an encoding of the legacy hub.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  assertProved,
  killedAt,
  killsOr,
  repositoriesIn,
  runUndisturbed,
  temporaryFolder
} from "../../cli/operation/killing.ts"
import { field, json } from "../../cli/program.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { scanEncodings } from "../../support/encodings.ts"
import { seeded } from "../../support/seeded.ts"
import { emptyGenerated, generatedId, insertBranches, insertHistory } from "../generatedDatabase.ts"
import { legacyLine } from "../legacyLine.ts"

const kills = killsOr(3)
const commits = 1200

/** Makes a legacy hub of one line of commits, and returns its database and its folder. */
const legacyHub = Effect.fnUntraced(function* (server: string, folder: string) {
  const url = yield* emptyGenerated(server)
  yield* Effect.promise(() => mkdir(join(folder, generatedId), { recursive: true }))
  for (const line of legacyLine({ commits, files: 10, changes: 2, wholeEvery: 100, portion: 400 })) {
    for (const [id, bytes] of line.blobs) {
      yield* Effect.promise(() => writeFile(join(folder, generatedId, id), bytes))
    }
    yield* insertHistory(url, line)
    yield* insertBranches(url, line.commits.slice(-1))
  }
  return url
})

describe("musehub adopt", () => {
  it.live(
    `ends as an undisturbed run after it was killed ${kills} times at random moments`,
    () =>
      Effect.gen(function* () {
        const directory = yield* temporaryFolder
        const server = yield* Effect.promise(acquirePostgres)
        const objects = join(directory, "legacy")
        const legacy = yield* legacyHub(server, objects)
        const sides = yield* Effect.forEach(["whole", "disturbed"], (name) =>
          Effect.map(freshDatabase(server), (index) => ({ store: join(directory, name), index }))
        )
        const [whole, disturbed] = sides
        assert(whole !== undefined && disturbed !== undefined)
        const at = ({ index, store }: typeof whole) => ["--object-store", `file:${store}`, "--index", index]
        const adopting = (side: typeof whole) => ["adopt", "--database", legacy, "--objects", objects, ...at(side)]
        const { took } = yield* runUndisturbed(adopting(whole), directory)

        const random = seeded(15)
        let killed = 0
        for (let kill = 0; kill < kills; kill += 1) {
          // What was brought is not brought again, so the moments of a whole run would soon be too late.
          const share = random.next() / (kill + 1)
          if (yield* killedAt(adopting(disturbed), directory, took, share)) killed += 1
        }
        assert.isAbove(killed, 0)
        yield* runUndisturbed(adopting(disturbed), directory)

        const ask = (side: typeof whole, ...args: ReadonlyArray<string>) =>
          Effect.map(runUndisturbed([...args, "--json", ...at(side)], directory), json)
        const branches = yield* ask(whole, "branch", "list", "ada/generated")
        assert.deepStrictEqual(yield* ask(disturbed, "branch", "list", "ada/generated"), branches)
        const counts = field(yield* ask(disturbed, "status"), "counts")
        assert.deepStrictEqual(counts, field(yield* ask(whole, "status"), "counts"))
        assert.deepInclude(counts, { repositories: 1, commits })
        yield* ask(disturbed, "verify", "--deep")
        yield* assertProved(disturbed.store, disturbed.index, directory)
        const roots = (store: string) => repositoriesIn(store, (path) => (path.endsWith("/root") ? path : undefined))
        assert.deepStrictEqual(yield* roots(disturbed.store), yield* roots(whole.store))
        assert.isAtLeast(yield* scanEncodings(disturbed.store, disturbed.index), 2 * commits, "packs were scanned")
      }).pipe(Effect.scoped),
    300_000
  )
})
