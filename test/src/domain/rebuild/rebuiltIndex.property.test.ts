/**
 * The index is lost after any program and comes back from the packs that the roots name: row by row as it was, and with
 * the same answer to each fetch.
 */
import { assert, describe, it } from "@effect/vitest"
import { readRelease, readTag } from "@musehub/domain/invariant/RepositoryDocuments"
import { sha256 } from "@musehub/domain/object/Digest"
import type { CommitId } from "@musehub/domain/object/Id"
import { UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { fetched, fetchedDictionaries } from "../support/fetched.ts"
import { ada, assertRowsTellTheTruth, at, bob, openedFor, startHub, type TestHub } from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"
import { assertSameIndex } from "./assertSameIndex.ts"
import { runProgram, type StepKind, stepKinds } from "./runProgram.ts"
import { entriesOf } from "../../support/shortRefs.ts"

const programs = 8
const stepsOfEach = 50

/** What clients ask for: every head, tag and release, and some older commits; against what they may have. */
const questions = Effect.fnUntraced(function* (random: Seeded, hub: TestHub, repository: Repository) {
  const { root } = yield* openedFor(hub, repository, ada, "read")
  const heads = entriesOf(root.value.heads)
  const tags = entriesOf(root.value.tags)
  const releases = entriesOf(root.value.releases)
  const tagged = yield* Effect.forEach(tags, ([, { record }]) => at(hub)(readTag(repository.id, record)))
  const released = yield* Effect.forEach(releases, ([, { record }]) => at(hub)(readRelease(repository.id, record)))
  const all = yield* hub.index.recentCommits(repository.id, 10_000)
  const named = new Set([...tagged, ...released].map(({ commit_id }) => commit_id as CommitId))
  const singles = new Set([...heads.map(([, head]) => head), ...named, ...random.some(all, 0.1)])
  const wants = [...Array.from(singles, (id) => [id]), heads.map(([, head]) => head)]
  return wants.flatMap((want) => [[], random.some(all, 0.2)].map((have) => ({ want, have })))
})

describe("an index that was lost", () => {
  it.effect(`is rebuilt as it was, and answers each fetch as before: ${programs} random programs`, () =>
    Effect.gen(function* () {
      const done = new Map<StepKind, number>()
      yield* forSeeds(programs, (random) =>
        Effect.gen(function* () {
          const store = yield* memoryStore
          const hub = yield* startHub({ store })
          for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
          const { repositories, taken } = yield* runProgram(random, [hub, yield* startHub(hub)], stepsOfEach)
          for (const [kind, count] of taken) done.set(kind, (done.get(kind) ?? 0) + count)

          const rebuilt = yield* startHub({ store })
          assert.deepStrictEqual((yield* at(rebuilt)(rebuildIndex())).losses, 0)
          for (const repository of repositories) {
            for (const each of [hub, rebuilt]) yield* assertRowsTellTheTruth(each, repository.id)
          }
          yield* assertSameIndex(hub, rebuilt, repositories, [ada, bob])
          for (const repository of repositories) {
            for (const { have, want } of yield* questions(random, hub, repository)) {
              const before = sha256(yield* fetched(hub, repository, want, have))
              const after = sha256(yield* fetched(rebuilt, repository, want, have))
              assert.strictEqual(after, before, `want ${want.join()} have ${have.join()}`)
            }
            const { root } = yield* openedFor(hub, repository, ada, "read")
            const heads = entriesOf(root.value.heads).map(([, head]) => head)
            assert.deepStrictEqual(
              yield* fetchedDictionaries(rebuilt, repository, heads),
              yield* fetchedDictionaries(hub, repository, heads)
            )
          }
        })
      )
      for (const kind of stepKinds) assert.isAbove(done.get(kind) ?? 0, 0, kind)
    })
  )
})
