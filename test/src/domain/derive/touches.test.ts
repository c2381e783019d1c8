/** Touches of random histories, in memory and on Postgres: against git, in pieces, with kills, and made again. */
import { assert, describe, it } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { touches, touchesDeriver } from "@musehub/domain/usecase/derive/deriveTouches"
import { Effect, Fiber } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { emptyHubAt, inMemory, onPostgres } from "../rebuild/proofs.ts"
import type { Grown } from "../support/grownHistory.ts"
import { at, pushSteps, startHub, step, type TestHub, textBlob } from "../support/hubSamples.ts"
import { deriveHeld, deriveWithKills } from "./derivingWithKills.ts"
import { gitBlob, growAwkward, inGit, pushGrown } from "./GitHistory.ts"

const placesOf = [
  { name: "in memory", place: inMemory, seeds: 12, commits: 60 },
  { name: "on Postgres", place: onPostgres, seeds: 4, commits: 60 }
] as const

const none = "absent"

/** All touches of a repository, one a line, with the places of the commits. */
const touchesIn = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository, grown: ReadonlyArray<Grown>) {
  const placeOf = new Map(grown.map(({ step: { commit } }, place) => [commit.id, place]))
  const lines: Array<string> = []
  for (const path of new Set(grown.flatMap(({ files }) => Object.keys(files)))) {
    const touches = yield* hub.index.touchesOf(id, path, { limit: 1000 })
    lines.push(
      ...touches.map(({ after = none, before = none, commit, renamedFrom = "" }) =>
        JSON.stringify([placeOf.get(commit), path, before, after, renamedFrom])
      )
    )
  }
  return lines.toSorted()
})

/** What the definition says: paths whose blob differs from that in every parent. */
const byDefinition = (grown: ReadonlyArray<Grown>): ReadonlyArray<string> =>
  grown
    .flatMap(({ files, parents }, place) => {
      const before = parents.length === 0 ? [{}] : parents.map((parent) => grown[parent]?.files ?? {})
      const [first = {}] = before
      const touched = [...new Set([...Object.keys(files), ...Object.keys(first)])].filter((path) =>
        before.every((parent: Grown["files"]) => parent[path] !== files[path])
      )
      const blobOf = (text: string | undefined) => (text === undefined ? none : textBlob(text).id)
      const gone = touched
        .filter((path) => files[path] === undefined)
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      return touched.map((path) => {
        const source =
          (first as Grown["files"])[path] === undefined
            ? gone.find((old) => (first as Grown["files"])[old] === files[path])
            : undefined
        return JSON.stringify([place, path, blobOf((first as Grown["files"])[path]), blobOf(files[path]), source ?? ""])
      })
    })
    .toSorted()

/** What git says: `place path after`, with git's own ids of files. */
const byGit = (grown: ReadonlyArray<Grown>): ReadonlyArray<string> =>
  inGit(grown, ({ placeOf, run }) => {
    const output = run("git rev-list --all | git diff-tree --stdin -c --raw -r -z --root --no-renames")
    const fields = output.split("\0").slice(0, -1)
    const lines: Array<string> = []
    let place: number | undefined
    while (fields.length > 0) {
      const field = fields.shift() ?? ""
      if (!field.startsWith(":")) {
        place = placeOf.get(field)
        continue
      }
      const ids = field.split(" ").filter((word) => word.length === 40)
      lines.push(JSON.stringify([place, fields.shift(), ids.at(-1)]))
    }
    return lines.toSorted()
  })

const gitNames = (grown: ReadonlyArray<Grown>, lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = new Map(
    grown.flatMap(({ files }) => Object.values(files).map((text) => [textBlob(text).id as string, gitBlob(text)]))
  )
  return lines
    .map((line) => {
      const [place, path, , after] = JSON.parse(line) as ReadonlyArray<string>
      return JSON.stringify([place, path, names.get(after ?? "") ?? "0".repeat(40)])
    })
    .toSorted()
}

for (const { commits, name, place, seeds } of placesOf) {
  describe(`touches of random histories, ${name}`, () => {
    it.live(
      "are those of the definition and of git, and the same when they are made again",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const hub = yield* emptyHubAt(yield* place)
            const grown = growAwkward(random, commits)
            const repository = yield* pushGrown(hub, grown)
            assert.deepStrictEqual(yield* at(hub)(derivePending()), { commits, pending: 0 })
            const touches = yield* touchesIn(hub, repository, grown)
            assert.deepStrictEqual(touches, byDefinition(grown))
            assert.deepStrictEqual(gitNames(grown, touches), byGit(grown))
            assert.deepStrictEqual(yield* at(hub)(derivePending()), { commits: 0, pending: 0 })
            const again = yield* at(hub)(derivePending({ again: true, repositories: [repository.id] }))
            assert.deepStrictEqual(again, { commits, pending: 0 })
            assert.deepStrictEqual(yield* touchesIn(hub, repository, grown), touches)
          }).pipe(Effect.scoped)
        ),
      120_000
    )

    it.live(
      "are the same whatever fails and whoever is killed on the way, with commits that come meanwhile",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const hub = yield* emptyHubAt(yield* place)
            const grown = growAwkward(random, commits)
            const work = {
              deriver: touchesDeriver.name,
              repository: (yield* pushGrown(hub, grown.slice(0, 1), "other")).id
            }
            yield* hub.index.startDeriver(touchesDeriver)
            yield* at(hub)(deriveHeld(touches, work.repository, "first"))
            const repository = yield* pushGrown(hub, grown)
            yield* deriveWithKills(hub, touches, repository, random)
            assert.deepStrictEqual(yield* touchesIn(hub, repository, grown), byDefinition(grown))
          }).pipe(Effect.scoped)
        ),
      120_000
    )

    it.live("are derived by one hub at a time, and by another one after the first was interrupted", () =>
      Effect.gen(function* () {
        const hub = yield* emptyHubAt(yield* place)
        const lines = [step("one", { a: "1" })]
        const { id } = yield* Effect.tap(pushGrown(hub, [], "held"), (repository) =>
          pushSteps(hub, repository, "main", lines)
        )
        yield* hub.index.startDeriver(touchesDeriver)
        const other = yield* startHub(hub)
        const waiting = yield* Effect.forkChild(at(hub)(deriveHeld(touches, id, "one", { told: () => Effect.never })))
        while ((yield* hub.index.pendingCommits("touches", id)) > 0) yield* Effect.sleep(5)
        assert.isFalse(yield* at(other)(deriveHeld(touches, id, "other")))
        yield* Fiber.interrupt(waiting)
        assert.isTrue(yield* at(other)(deriveHeld(touches, id, "other")))
      }).pipe(Effect.scoped)
    )

    it.live("of another version are made anew, and an earlier hub leaves those of a later one alone", () =>
      Effect.gen(function* () {
        const hub = yield* emptyHubAt(yield* place)
        const one = step("one", { a: "1", "d/b": "2" })
        const { id } = one.commit
        const grown = [{ step: one, files: { a: "1", "d/b": "2" }, parents: [] }]
        const repository = yield* pushGrown(hub, grown)
        yield* at(hub)(derivePending())
        const touches = yield* touchesIn(hub, repository, grown)
        assert.lengthOf(touches, 2)
        const later = { ...touchesDeriver, version: touchesDeriver.version + 1 }
        assert.isTrue(yield* hub.index.startDeriver(later))
        assert.deepStrictEqual(yield* touchesIn(hub, repository, grown), [])
        assert.strictEqual(yield* hub.index.pendingCommits("touches"), 1)
        assert.isFalse(yield* hub.index.startDeriver(touchesDeriver))
        const [left] = yield* hub.index.underived({ deriver: "touches", repository: repository.id }, 10)
        assert.deepInclude(left, { id, generation: 1, parents: [] })
        const nothing = { id, generation: 1, files: [], folders: [] }
        yield* hub.index.recordTouches(repository.id, touchesDeriver.version, [nothing])
        assert.strictEqual(yield* hub.index.pendingCommits("touches"), 1)
      }).pipe(Effect.scoped)
    )
  })
}
