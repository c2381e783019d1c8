/**
 * A hub takes over a long line of a legacy hub, of which one commit in a hundred leads to a damaged row.
 * `MUSEHUB_ADOPT_COMMITS` says how long the line is; then chains have a thousand changes.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Commit } from "@musehub/domain/object/Commit"
import { RepositoryId } from "@musehub/domain/object/Id"
import { adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import { elementAt } from "@musehub/domain/base/expected"
import { Roots } from "@musehub/domain/invariant/Roots"
import { Effect, Layer, Logger } from "effect"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { at, startHub, storedIds } from "../../domain/support/hubSamples.ts"
import { findingsOf } from "../../domain/verify/verified.ts"
import { acquirePostgres } from "../../services/services.ts"
import { branchOf, emptyGenerated, generatedId, insertBranches, insertHistory } from "../generatedDatabase.ts"
import { recordsIn, run } from "../legacyDatabase.ts"
import { legacyLine, timeOf } from "../legacyLine.ts"
import { damagedSide, damageNames, damages, growRow, type Side } from "./damagedSides.ts"

const serverUrl = await acquirePostgres()
const repository = RepositoryId.make(generatedId)
const quiet = Effect.provide(Logger.layer([]))
const commits = Number(process.env["MUSEHUB_ADOPT_COMMITS"] ?? "200")
const portion = 1000
const isLong = commits > portion
/** Rows of 49 MiB, of which the long line has a few alone. */
const heavyMax = 3

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-legacy-damaged-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

/** Makes the database and the folder. */
const damagedDatabase = Effect.gen(function* () {
  const url = yield* emptyGenerated(serverUrl)
  // Nothing but this keeps a hub from two rows of one id.
  yield* run(url, "ALTER TABLE musehub_commits DROP CONSTRAINT musehub_commits_pkey CASCADE")
  yield* run(url, "CREATE INDEX ON musehub_commits (commit_id)")
  const directory = yield* folder
  yield* Effect.promise(() => mkdir(join(directory, generatedId)))
  const good: Array<string> = []
  const sides: Array<Side> = []
  let last: Commit | undefined
  for (const line of legacyLine({ commits, files: 12, changes: 1, wholeEvery: isLong ? 1000 : 60, portion })) {
    const parent = elementAt(line.commits, line.commits.length - 1)
    const [older, time] = [elementAt(line.commits, 0), timeOf(sides.length)]
    const added = damageNames.map((name, place) => {
      const isTooMuch = name === "too much msgpack" && sides.length >= heavyMax * damageNames.length
      const fork = { number: sides.length + place, parent, older, manifest: line.manifest, time }
      return damagedSide(isTooMuch ? "deeply nested msgpack" : name, fork)
    })
    const all = [line, ...added]
    const blobs = new Map(all.flatMap((each) => [...each.blobs]))
    const write = ([id, bytes]: readonly [string, Uint8Array]) => writeFile(join(directory, generatedId, id), bytes)
    yield* Effect.promise(() => Promise.all(Array.from(blobs, write)))
    const rows = new Map(all.flatMap((each) => [...each.rows]))
    yield* insertHistory(url, { blobs, commits: all.flatMap((each) => each.commits), rows })
    for (const { bad, damage } of added) if (damage === "too much msgpack") yield* run(url, growRow, [bad])
    yield* insertBranches(
      url,
      added.map(({ tip }) => tip)
    )
    good.push(...line.commits.map(({ id }) => id), ...added.flatMap((side) => side.good))
    sides.push(...added)
    last = parent
  }
  if (last !== undefined) yield* insertBranches(url, [last])
  return { url, directory, good, sides }
})

describe("adopting a legacy hub with damaged rows", () => {
  it.live(
    "names each of them with the reason, brings all the rest, and nothing more when it is run again",
    () =>
      Effect.gen(function* () {
        const { directory, good, sides, url } = yield* damagedDatabase
        const legacy = yield* Layer.build(recordsIn(url, directory))
        const hub = yield* startHub()
        const adopting = (mayMint: boolean) =>
          at(hub)(
            Effect.provideContext(
              adoptHub({ names: [], mayMint, onAdopted: () => Effect.void, onAdopting: () => undefined }),
              legacy
            )
          )
        const rootNow = at(hub)(Effect.flatMap(Roots, ({ read }) => read(repository)))
        const stored = Effect.map(storedIds(hub.store, repository), ({ commit }) => commit.toSorted())

        const [adopted] = (yield* adopting(false)).repositories
        const quarantined = adopted?.quarantined ?? []
        const reasons = new Map(quarantined.map(({ reason, row }) => [row, reason]))
        for (const { bad, damage, tip } of sides) {
          assert.match(String(reasons.get(`commit ${bad}`)), damages[damage], damage)
          assert.include(String(reasons.get(`branch ${branchOf(tip)}`)), "cannot be brought", damage)
        }
        assert.strictEqual(quarantined.length, 2 * sides.length, "nothing else is named")
        assert.deepStrictEqual(yield* stored, good.toSorted())
        const { faults } = yield* findingsOf(hub, "deep")
        assert.deepStrictEqual(faults, [])

        const before = yield* rootNow
        const [again] = (yield* adopting(false)).repositories
        assert.deepStrictEqual(again, { ...adopted, commits: 0, branches: 0, bytes: 0 })
        assert.strictEqual((yield* rootNow).sha256, before.sha256)

        // Merges that the server made get an id where they may.
        const merges = sides.filter(({ damage }) => damage === "a merge that the server made")
        const [minted] = (yield* adopting(true)).repositories
        assert.deepInclude(minted, { commits: merges.length, branches: merges.length })
        assert.strictEqual((yield* stored).length, good.length + merges.length)
        assert.deepStrictEqual((yield* findingsOf(hub, "deep")).faults, [])
      }).pipe(quiet, Effect.scoped),
    isLong ? 20 * 60_000 : 120_000
  )
})
