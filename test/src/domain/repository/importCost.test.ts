/** What a dry run says of an import is what the import asks the store and puts there. */
import { assert, describe, it } from "@effect/vitest"
import { concat } from "@musehub/domain/base/Bytes"
import { Description, Domain, RepositoryName } from "@musehub/domain/repository/Names"
import { estimateImport } from "@musehub/domain/usecase/repositories/estimateImport"
import { requestClasses } from "@musehub/domain/usecase/operations/cost/Requests"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { exportHistory } from "@musehub/domain/usecase/repositories/exportHistory"
import { importHistory, type ImportedRepository } from "@musehub/domain/usecase/repositories/importHistory"
import { Effect, Stream } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { requestsOf } from "../../support/requestsOf.ts"
import { ada, at, newRepository, opened, pushSteps, startHub, step } from "../support/hubSamples.ts"

const wanted: ImportedRepository = {
  owner: ada.user,
  name: RepositoryName.make("copy"),
  visibility: "private",
  domain: Domain.make("code"),
  description: Description.make("")
}

const first = step("first", { a: "one", empty: "", large: "large ".repeat(400_000) })
const second = step("second", { a: "two", other: "another ".repeat(400_000) }, [first])

describe("a dry run of an import", () => {
  it.effect("says how many requests of each class it takes, writes nothing, and refuses what the import refuses", () =>
    Effect.gen(function* () {
      const source = yield* startHub()
      const repository = yield* newRepository(source, "songs")
      const few = yield* newRepository(source, "few")
      yield* pushSteps(source, repository, "main", [first, second])
      yield* pushSteps(source, few, "main", [step("only", { a: "1" })])
      for (const [each, largeBlobs, commits] of [
        [repository, 2, 2],
        [few, 0, 1]
      ] as const) {
        const { content } = yield* at(source)(exportHistory(yield* opened(source, each)))
        const stream = Stream.make(concat(yield* at(source)(Stream.runCollect(content))))
        const calls = callCount()
        const hub = yield* startHub({ store: interposed((yield* startHub()).store, calls.interpose) })
        const estimated = at(hub)(estimateImport(ada, wanted, stream))
        calls.reset()
        const estimate = yield* estimated
        assert.strictEqual(requestsOf(calls.calls).put, 0, "nothing is written")
        assert.deepInclude(estimate, { largeBlobs, commits, branches: 1, packs: 1, isNewOwner: true })
        calls.reset()
        yield* at(hub)(ensureUser(ada.user))
        const made = yield* at(hub)(importHistory(ada, wanted, stream))
        const real = requestsOf(calls.calls)
        for (const kind of requestClasses) assert.strictEqual(estimate.requests[kind], real[kind], kind)
        const { packs } = (yield* at(hub)(opened(hub, made))).root.value
        const sizes = packs.reduce((sum, { size }) => sum + size, 0)
        assert.strictEqual(estimate.storedBytes, sizes + (largeBlobs === 0 ? 0 : 2_400_000 + 3_200_000))
        assert.strictEqual((yield* Effect.flip(estimated))._tag, "RepositoryNameTaken")
      }
    }).pipe(Effect.scoped)
  )
})
