/** Symbols of random histories, in memory and on Postgres: by definition, with kills, made again; each blob once. */
import { assert, describe, it } from "@effect/vitest"
import type { SymbolEventAt } from "@musehub/domain/port/index/derived/SymbolIndex"
import type { Repository } from "@musehub/domain/repository/Root"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { emptyHubAt, inMemory, type IndexPlace, onPostgres } from "../rebuild/proofs.ts"
import { at, newRepository, pushSteps, startHub, step, type TestHub, textBlob } from "../support/hubSamples.ts"
import { deriveWithKills } from "./derivingWithKills.ts"
import { pushGrown } from "./GitHistory.ts"
import { extracting, type Files, growFunctions, names, paths, type Sung } from "./growingFunctions.ts"

const placesOf = [
  { name: "in memory", place: inMemory, seeds: 10, commits: 40 },
  { name: "on Postgres", place: onPostgres, seeds: 2, commits: 40 }
] as const

const hubAt = (place: IndexPlace) => Effect.flatMap(emptyHubAt(place), extracting)

type Event = SymbolEventAt & { readonly address: string }

/** All events of a repository. */
const eventsIn = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository, grown: ReadonlyArray<Sung>) {
  const addresses = paths.flatMap((path) => names.map((name) => `${path}::${name}`))
  const placeOf = new Map(grown.map(({ step: { commit } }, place) => [commit.id, place]))
  const found = yield* Effect.forEach(addresses, (address) =>
    Effect.map(hub.index.symbolEvents(id, address, { limit: 1000 }), (events) =>
      events.map((event) => ({ place: placeOf.get(event.commit) ?? -1, event: { address, ...event } satisfies Event }))
    )
  )
  return found.flat()
})

/** What the definition says of each commit and symbol; one that was renamed or moved is a new one here. */
const byDefinition = (grown: ReadonlyArray<Sung>): ReadonlyArray<string> =>
  grown.flatMap(({ functions, parents }, place) => {
    const before = parents.length === 0 ? [{}] : parents.map((parent) => grown[parent]?.functions ?? {})
    return paths
      .filter((path) => path.endsWith(".def"))
      .flatMap((path) =>
        names.flatMap((name) => {
          const here = functions[path]?.get(name)
          const there = before.map((parent: Files) => parent[path]?.get(name))
          if (there.some((one) => String(one) === String(here))) return []
          const [first] = there
          if (here !== undefined && first !== undefined) {
            return [`${place} ${path}::${name} modified ${first[1] !== here[1]} ${first[0] !== here[0]}`]
          }
          return [`${place} ${path}::${name} ${here === undefined ? "deleted" : "new"}`]
        })
      )
  })

const described = ({ event, place }: { readonly event: Event; readonly place: number }): string => {
  const { address, body, change, signature } = event
  if (change === "modified") return `${place} ${address} modified ${body} ${signature}`
  return `${place} ${address} ${change === "deleted" ? "deleted" : "new"}`
}

for (const { commits, name, place, seeds } of placesOf) {
  describe(`symbols of random histories, ${name}`, () => {
    it.live(
      "are those of the definition, each blob is read once, and they are the same when they are made again",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const { count, hub } = yield* hubAt(yield* place)
            const grown = growFunctions(random, commits)
            const repository = yield* pushGrown(hub, grown)
            const symbols = { deriver: "symbols", repositories: [repository.id] } as const
            const { pending } = yield* at(hub)(derivePending(symbols))
            assert.strictEqual(pending, 0)
            const events = yield* eventsIn(hub, repository, grown)
            assert.sameMembers(events.map(described), [...byDefinition(grown)])
            const texts = grown.flatMap(({ files }) => Object.entries(files))
            const blobs = new Set(texts.flatMap(([path, text]) => (path.endsWith(".def") ? [text] : [])))
            assert.strictEqual(count(), blobs.size)

            for (const { event, place: at } of events) {
              if (event.change !== "renamed" && event.change !== "moved") continue
              const [path = "", former = ""] = [event.address, event.former ?? ""].map((one) => one.split("::")[0])
              assert.strictEqual(event.change, path === former ? "renamed" : "moved")
              const gone = events.find((one) => one.place === at && one.event.address === event.former)
              assert.strictEqual(gone?.event.change, "deleted")
            }
            yield* at(hub)(derivePending({ ...symbols, again: true }))
            assert.deepStrictEqual(yield* eventsIn(hub, repository, grown), events)
            assert.strictEqual(count(), 2 * blobs.size)
          }).pipe(Effect.scoped)
        ),
      120_000
    )

    it.live(
      "are the same whatever fails and whoever is killed on the way",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const { hub, working } = yield* hubAt(yield* place)
            const grown = growFunctions(random, commits)
            const repository = yield* pushGrown(hub, grown)
            yield* deriveWithKills(hub, working, repository, random)
            const events = yield* eventsIn(hub, repository, grown)
            assert.sameMembers(events.map(described), [...byDefinition(grown)])
          }).pipe(Effect.scoped)
        ),
      120_000
    )
  })
}

describe("symbols that a commit changes", () => {
  const one = step("one", { "a.def": "def f x\n 1\ndef g x\n 2\n", "b.def": "def h x\n 3\n" })

  const eventsAfter = Effect.fnUntraced(function* (files: { readonly [path: string]: string }) {
    const { hub } = yield* extracting(yield* startHub())
    const two = step("two", files, [one])
    const { id } = yield* Effect.tap(newRepository(hub), (repository) => pushSteps(hub, repository, "main", [one, two]))
    yield* at(hub)(derivePending({ deriver: "symbols" }))
    return Effect.fnUntraced(function* (address: string) {
      const events = yield* hub.index.symbolEvents(id, address, { limit: 5 })
      return events
        .filter(({ commit }) => commit === two.commit.id)
        .map(({ body, change, former, signature }) => ({ change, body, signature, former }))
    })
  })

  it.live("are modified in body or signature, renamed with the same body, or moved with it to another file", () =>
    Effect.gen(function* () {
      const of = yield* eventsAfter({ "a.def": "def f y\n 9\ndef k x\n 2\n", "c/d.def": "def h y\n 3\n" })
      const none = { body: false, signature: false, former: undefined }
      assert.deepStrictEqual(yield* of("a.def::f"), [{ ...none, change: "modified", body: true, signature: true }])
      assert.deepStrictEqual(yield* of("a.def::g"), [{ ...none, change: "deleted" }])
      assert.deepStrictEqual(yield* of("a.def::k"), [{ ...none, change: "renamed", former: "a.def::g" }])
      const moved = { ...none, change: "moved" as const, signature: true, former: "b.def::h" }
      assert.deepStrictEqual(yield* of("c/d.def::h"), [moved])
      assert.deepStrictEqual(yield* of("b.def::h"), [{ ...none, change: "deleted" }])
    })
  )

  it.live("of a file that is refused are gone, and come back with it", () =>
    Effect.gen(function* () {
      const { hub } = yield* extracting(yield* startHub())
      const binary = step("two", { "a.def": "def f x\n \0\n" }, [one])
      const large = step("three", { "a.def": `def f x\n ${"1".repeat(100_000)}\n` }, [binary])
      const back = step("four", { "a.def": "def f x\n 1\n" }, [large])
      const { id } = yield* Effect.tap(newRepository(hub), (repository) =>
        pushSteps(hub, repository, "main", [one, binary, large, back])
      )
      yield* at(hub)(derivePending({ deriver: "symbols" }))
      const events = yield* hub.index.symbolEvents(id, "a.def::f", { limit: 5 })
      assert.deepStrictEqual(
        events.map(({ change }) => change),
        ["created", "deleted", "created"]
      )
      const blobs = [binary, large].map(({ blobs }) => ({ blob: blobs[0]?.id ?? textBlob("").id, language: "lines" }))
      const rows = yield* hub.index.blobSymbols(id, "lines 1", blobs)
      assert.sameMembers(
        rows.map(({ refused }) => refused),
        ["no text", "too large"]
      )
    })
  )

  it.live("are pending while there is no extractor, and derived once there is one", () =>
    Effect.gen(function* () {
      const plain = yield* startHub()
      const { id } = yield* Effect.tap(newRepository(plain), (repository) =>
        pushSteps(plain, repository, "main", [one])
      )
      assert.deepStrictEqual(yield* at(plain)(derivePending({ deriver: "symbols" })), { commits: 0, pending: 1 })
      const { hub } = yield* extracting(plain)
      assert.deepStrictEqual(yield* at(hub)(derivePending({ deriver: "symbols" })), { commits: 1, pending: 0 })
      assert.lengthOf(yield* hub.index.symbolEvents(id, "b.def::h", { limit: 5 }), 1)
    })
  )
})
