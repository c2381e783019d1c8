/**
 * Single things that are wrong in a store or an index: a part of the rows, a catalog, a block of commits, a copy of a
 * root, packs that were merged meanwhile. What needs them says so, and nothing else suffers.
 */
import { assert, describe, it } from "@effect/vitest"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import type { CommitId } from "@musehub/domain/object/Id"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import { readCommit } from "@musehub/domain/invariant/ObjectReader"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { showCommit } from "@musehub/domain/usecase/commits/readCommits"
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { fetchHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { fetchMpack } from "@musehub/domain/usecase/fetch/fetchMpack"
import { readObject } from "@musehub/domain/usecase/fetch/readObject"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { syncPull } from "@musehub/domain/usecase/sync/syncPull"
import { type Context, Effect, Option, Stream } from "effect"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  clone,
  headsOf,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { damageBlockOf, pushedLine, pushWhole } from "../support/losses.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"

const tipOf = (steps: ReadonlyArray<Step>) => steps.slice(-1).map(({ commit }) => commit.id)

/** An index whose commits can be emptied behind its back. */
const truncatable = Effect.map(memoryIndex, (plain) => {
  const hidden = new Set<CommitId>()
  const index: WholeIndex = {
    ...plain,
    known: (repository, ids) =>
      plain.known(repository, { ...ids, commits: ids.commits.filter((id) => !hidden.has(id)) }),
    ancestry: (repository, from, limit) =>
      Effect.map(
        plain.ancestry(
          repository,
          from.filter((id) => !hidden.has(id)),
          limit
        ),
        (nodes) => nodes.filter(({ id }) => !hidden.has(id))
      ),
    record: (batch) =>
      Effect.tap(plain.record(batch), () => {
        for (const { stored } of batch.commits) hidden.delete(stored.id)
        return Effect.void
      })
  }
  const truncate = (steps: ReadonlyArray<Step>) => {
    for (const { commit } of steps) hidden.add(commit.id)
  }
  return { index, truncate }
})

describe("an index whose commits were emptied under a living hub", () => {
  const emptied = Effect.gen(function* () {
    const { index, truncate } = yield* truncatable
    const hub = yield* startHub({ index })
    const { repository, steps } = yield* pushedLine(hub, 4)
    truncate(steps)
    return { hub, repository, steps }
  })

  it.effect("clones, and has its rows again", () =>
    Effect.gen(function* () {
      const { hub, repository, steps } = yield* emptied
      yield* clone(hub, repository, tipOf(steps))
      yield* opened(hub, repository)
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  for (const [form, push] of [
    ["the dictionary form", pushSteps],
    ["a stream", pushWhole]
  ] as const) {
    it.effect(`takes a push in ${form}, at the second attempt at the latest`, () =>
      Effect.gen(function* () {
        const { hub, repository, steps } = yield* emptied
        const next = step("next", { song: "next" }, steps.slice(-1))
        const pushed: Effect.Effect<unknown, { readonly _tag: string }> = push(hub, repository, "main", [next])
        yield* Effect.retry(pushed, { times: 1, while: ({ _tag }) => _tag === "IndexUnavailable" })
        yield* clone(yield* startHub({ store: hub.store }), repository, [next.commit.id])
      })
    )
  }
})

describe("an index whose commits were emptied under a living hub, asked by REST", () => {
  it.effect("says that it is unavailable, not that the head is unknown, and answers when it is asked again", () =>
    Effect.gen(function* () {
      const { index, truncate } = yield* truncatable
      const hub = yield* startHub({ index })
      const { repository, steps } = yield* pushedLine(hub, 4)
      truncate(steps)
      const changes = [{ op: "put", path: "b.txt", content: new TextEncoder().encode("b") }] as const
      const commit = Effect.flatMap(opened(hub, repository), (open) =>
        at(hub)(commitFiles(open, { branch: "main", message: "more", changes }))
      )
      assert.strictEqual((yield* Effect.flip(commit))._tag, "IndexUnavailable")
      yield* commit
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("keeps its rows when it is asked for a commit that only a later root names", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { repository, steps } = yield* pushedLine(hub, 2)
      const before = yield* openedFor(hub, repository, ada, "read")
      const next = step("next", { song: "next" }, steps.slice(-1))
      yield* pushSteps(yield* startHub({ store: hub.store }), repository, "main", [next])
      const shown = yield* Effect.flip(at(hub)(showCommit(before, next.commit.id)))
      assert.strictEqual(shown._tag, "CommitUnknown")
      const fetch = fetchMpack(before, { want: [next.commit.id], have: [], haveBlobs: [] })
      assert.strictEqual((yield* Effect.flip(at(hub)(fetch)))._tag, "WantUnknown")
      const { commits } = yield* hub.index.known(repository.id, {
        blobs: [],
        snapshots: [],
        commits: steps.map(({ commit }) => commit.id)
      })
      assert.strictEqual(commits.size, steps.length)
    })
  )
})

describe("a root whose catalog is gone", () => {
  it.effect("refuses writes and says why, and what is in later packs can be read", () =>
    Effect.gen(function* () {
      const first = yield* startHub()
      const { repository, steps } = yield* pushedLine(first, 40)
      const { catalog } = (yield* opened(first, repository)).root.value
      assert(catalog !== null, "there is a catalog")
      yield* first.store.documents.delete({ kind: "catalog", repository: repository.id, sha256: catalog })
      const hub = yield* startHub({ store: first.store, index: first.index })
      const next = step("next", { song: "next" }, steps.slice(-1))
      for (const attempt of [1, 2]) {
        const failed = yield* Effect.flip(pushSteps(hub, repository, "main", [next]))
        assert.strictEqual(failed._tag, "CatalogLost", `attempt ${attempt}`)
        assert.include(failed.message, catalog)
      }
      assert.strictEqual((yield* headsOf(hub, repository))["main"], tipOf(steps)[0])
      const [tip] = tipOf(steps)
      assert(tip !== undefined, "there is a tip")
      yield* at(hub)(readCommit(repository.id, tip))
    })
  )
})

describe("a damaged copy of a root", () => {
  it.effect("spoils its own lines of the reflog and no others", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { repository, steps } = yield* pushedLine(hub, 8)
      const reflog = Effect.gen(function* () {
        const open = yield* openedFor(hub, repository, null, "read")
        const entries: Array<string | null> = []
        let after: string | undefined
        do {
          const { items, next } = yield* at(hub)(readReflog(open, "main", { limit: 2, after }))
          entries.push(...items.map(({ to }) => to))
          after = Option.getOrUndefined(next)
        } while (after !== undefined)
        return entries
      })
      const whole = yield* reflog
      assert.lengthOf(whole, 8)
      const key = (sequence: number) => ({ kind: "history", repository: repository.id, sequence }) as const
      yield* hub.store.documents.write(key(5), new TextEncoder().encode("damaged"), { _tag: "Any" })
      yield* hub.store.documents.delete(key(2))
      const lost = [5, 2].map((sequence) => steps[sequence - 1]?.commit.id)
      assert.deepStrictEqual(
        yield* reflog,
        whole.filter((to) => !lost.some((id) => id === to))
      )
    })
  )
})

describe("packs that are merged while a push relies on them", () => {
  it.effect("and deleted at once, leave a push that can be cloned", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const [hub, other] = [yield* startHub({ store }), yield* startHub({ store })]
      const { repository, steps } = yield* pushedLine(hub, 6)
      const meanwhile = Effect.gen(function* () {
        const { merged } = yield* at(other)(mergePacks(repository.id, 2))
        assert.isAbove(merged.length, 1)
        for (const { sha256: id } of merged)
          yield* store.delete({ repository: repository.id, type: "pack", id } as ImmutableKey)
      }).pipe(Effect.orDie)
      const next = step("next", { song: "next", kept: "part" }, steps.slice(-1))
      yield* whileTimePasses(
        pushSteps(hub, repository, "main", [next], { meanwhile }).pipe(
          Effect.retry({ times: 1, while: ({ _tag }) => _tag === "RootContended" })
        )
      )
      for (const each of [hub, other, yield* startHub({ store })]) yield* clone(each, repository, [next.commit.id])
    })
  )
})

type Services = TestHub["services"] extends Context.Context<infer R> ? R : never

describe("a commit that was changed in the store", () => {
  it.effect("is refused by every way out", () =>
    Effect.gen(function* () {
      const first = yield* startHub()
      const { repository, steps } = yield* pushedLine(first, 2)
      const [tip] = tipOf(steps)
      assert(tip !== undefined, "there is a tip")
      yield* damageBlockOf(first.store, repository.id, { type: "commit", id: tip })
      const cold = Effect.gen(function* () {
        const hub = yield* startHub({ store: first.store, index: first.index })
        return { hub, open: yield* openedFor(hub, repository, null, "read") }
      })
      const wanted = { want: [tip], have: [], haveBlobs: [] }
      const fails = Effect.fnUntraced(function* (
        way: string,
        out: (
          open: Effect.Success<typeof cold>["open"]
        ) => Effect.Effect<unknown, { readonly cause?: unknown }, Services>
      ) {
        const { hub, open } = yield* cold
        const failed = yield* Effect.flip(at(hub)(out(open)))
        assert.match(`${String(failed)} ${String(failed.cause)}`, /packs\/[0-9a-f]{64} are damaged/, way)
      })
      yield* fails("dictionary", (open) =>
        Effect.scoped(Effect.flatMap(fetchHistory(open, wanted), ({ commits }) => Stream.runDrain(commits)))
      )
      yield* fails("mpack", (open) => Effect.scoped(Effect.flatMap(fetchMpack(open, wanted), Stream.runDrain)))
      yield* fails("object", (open) => readObject(open, "commit", tip))
      yield* fails("commit", (open) => readCommit(open.id, tip))
      yield* fails("sync", (open) =>
        syncPull(open, {
          branch: "main",
          haveCommits: [],
          haveObjects: [],
          cursor: undefined,
          limit: undefined
        })
      )
    })
  )
})
