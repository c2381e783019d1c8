/** What open pages wait for: moves that readers see, of this hub and of others, at the cost of one watcher. */
import { assert, describe, it } from "@effect/vitest"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { rootWatches } from "@musehub/domain/usecase/live/RootWatches"
import { type Seen, untilMoved } from "@musehub/domain/usecase/live/untilMoved"
import { Discourse, ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { BranchName } from "@musehub/domain/repository/Names"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { completeRelease } from "@musehub/domain/usecase/tags/completeRelease"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { callCount, rootPath } from "../../support/countingStore.ts"
import { interposed, type Interpose } from "../../support/interposedStore.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryStore } from "../support/rootSamples.ts"

/** Two hubs on one store, the second of which watches; its calls are counted, and its reads of refs may be held up. */
const scene = Effect.gen(function* () {
  const store = yield* memoryStore
  const count = callCount()
  const refs: { held: Deferred.Deferred<void> | undefined } = { held: undefined }
  const holdRefs: Interpose = (call, effect) =>
    refs.held !== undefined && call.path.includes("/refs/") ? Effect.andThen(Deferred.await(refs.held), effect) : effect
  const one = yield* startHub({ store })
  const other = yield* startHub({ store: interposed(interposed(store, count.interpose), holdRefs) })
  const repository = yield* newRepository(one)
  const watches = yield* at(other)(rootWatches)
  const first = step("1", { song: "one\n" })
  const steps = [first]
  for (let number = 2; number < 6; number += 1) {
    steps.push(step(String(number), { song: `${number}\n` }, steps.slice(-1)))
  }

  /** Opens a page for a reader, which waits for what moves until its scope closes. */
  const openPage = Effect.fnUntraced(function* (
    reader: Principal | null = null,
    since?: string,
    proposal?: Seen["proposal"]
  ) {
    const open = yield* openedFor(other, repository, reader, "read")
    const waiting = yield* at(other)(untilMoved(watches, open, { state: since, proposal }, Effect.succeed(reader)))
    return yield* Effect.forkScoped(at(other)(waiting))
  })
  const push = (hub: TestHub, number: number) => pushSteps(hub, repository, "main", steps.slice(number - 1, number))
  const publish = Effect.fnUntraced(function* (words: { readonly tag: string; readonly is_draft: boolean }) {
    const open = yield* openedFor(one, repository, ada, "write")
    yield* at(one)(Effect.flatMap(completeRelease(open, first.commit.id, words), (made) => publishRelease(open, made)))
  })
  return { one, other, repository, count, first, refs, openPage, publish, push }
})

const pass = (time: "1 seconds" | "5 seconds" | "30 seconds") => Effect.andThen(TestClock.adjust(time), Effect.yieldNow)

describe("an open page", () => {
  it.effect("is told that branches moved, by its hub at once and by others soon, and nothing of packs", () =>
    Effect.gen(function* () {
      const { one, openPage, other, push, repository } = yield* scene
      for (let number = 1; number < 4; number += 1) yield* push(one, number)
      const page = yield* openPage()
      assert.isDefined((yield* at(one)(mergePacks(repository.id, 2))).into)
      yield* pass("30 seconds")
      assert.isUndefined(page.pollUnsafe(), "packs are nothing that a reader sees")
      yield* push(one, 4)
      yield* pass("5 seconds")
      assert.deepStrictEqual(page.pollUnsafe(), Exit.succeed(["branches"]))
      const again = yield* openPage()
      yield* push(other, 5)
      yield* pass("1 seconds")
      assert.deepStrictEqual(again.pollUnsafe(), Exit.succeed(["branches"]))
    }).pipe(Effect.scoped)
  )

  it.effect("that shows a move which its hub has not noticed yet for other pages is told nothing of it", () =>
    Effect.gen(function* () {
      const { one, openPage, push } = yield* scene
      const former = yield* openPage()
      yield* push(one, 1)
      const page = yield* openPage()
      yield* pass("30 seconds")
      assert.deepStrictEqual(former.pollUnsafe(), Exit.succeed(["branches"]))
      assert.isUndefined(page.pollUnsafe())
    }).pipe(Effect.scoped)
  )

  it.effect("is told of a release when it is published, and of no draft", () =>
    Effect.gen(function* () {
      const { one, openPage, publish, push } = yield* scene
      yield* push(one, 1)
      const [stranger, owner] = [yield* openPage(), yield* openPage(ada)]
      // So many that their list is in chunks.
      for (let number = 1; number < 9; number += 1) {
        yield* publish({ tag: `v0.${number}.0`, is_draft: true })
        yield* pass("5 seconds")
      }
      assert.isUndefined(stranger.pollUnsafe(), "drafts are shown to those who write alone")
      assert.isUndefined(owner.pollUnsafe())
      yield* publish({ tag: "v1.0.0", is_draft: false })
      yield* pass("5 seconds")
      assert.deepStrictEqual(stranger.pollUnsafe(), Exit.succeed(["releases"]))
      assert.deepStrictEqual(owner.pollUnsafe(), Exit.succeed(["releases"]))
    }).pipe(Effect.scoped)
  )

  it.effect("is told of a move at once, though an earlier root was read late", () =>
    Effect.gen(function* () {
      const { one, openPage, other, publish, push, refs, repository } = yield* scene
      yield* push(one, 1)
      for (let number = 1; number < 9; number += 1) yield* publish({ tag: `v0.${number}.0`, is_draft: false })
      const former = yield* openPage()
      const held = yield* Deferred.make<void>()
      refs.held = held
      yield* publish({ tag: "v1.0.0", is_draft: false })
      yield* pass("5 seconds")
      assert.isUndefined(former.pollUnsafe(), "what was published is in a chunk that is not read yet")
      const open = yield* openedFor(one, repository, ada, "write")
      for (let number = 1; number < 9; number += 1) yield* at(one)(deleteRelease(open, `v0.${number}.0`))
      const page = yield* openPage()
      yield* pass("1 seconds")
      assert.deepStrictEqual(former.pollUnsafe(), Exit.succeed(["releases"]))
      yield* Deferred.succeed(held, undefined)
      yield* push(other, 2)
      yield* pass("1 seconds")
      assert.deepStrictEqual(page.pollUnsafe(), Exit.succeed(["branches"]))
    }).pipe(Effect.scoped)
  )

  it.effect("of a proposal is told what is said of it, by whichever hub, and of no other one", () =>
    Effect.gen(function* () {
      const { count, first, one, openPage, push, repository } = yield* scene
      yield* push(one, 1)
      const writing = openedFor(one, repository, ada, "write")
      const open = yield* writing
      yield* at(one)(createBranch(open, { name: "verse", from: first.commit.id }))
      yield* pushSteps(one, repository, "verse", [step("aside", { song: "aside\n" }, [first])])
      const [from, to] = [BranchName.make("verse"), BranchName.make("main")]
      const { number, revision } = yield* at(one)(
        openProposal(yield* writing, { title: ProposalTitle.make("A verse"), body: Discourse.make(""), from, to })
      )
      const [about, other] = [
        yield* openPage(null, undefined, { number, revision }),
        yield* openPage(null, undefined, { number: ProposalNumber.make(9), revision: 0 })
      ]
      yield* pass("30 seconds")
      assert.isUndefined(about.pollUnsafe())
      yield* at(one)(commentOnProposal(yield* writing, number, Discourse.make("Louder")))
      count.reset()
      yield* pass("30 seconds")
      assert.deepStrictEqual(about.pollUnsafe(), Exit.succeed(["proposal"]))
      assert.isUndefined(other.pollUnsafe())
      assert.lengthOf(
        count.calls.filter(({ path }) => path.includes("proposals")),
        1,
        "one read in ten seconds"
      )
    }).pipe(Effect.scoped)
  )

  it.effect("that shows an earlier state is told so when it asks", () =>
    Effect.gen(function* () {
      const { openPage } = yield* scene
      const page = yield* openPage(null, "what it was")
      assert.include(yield* Fiber.join(page), "branches")
    }).pipe(Effect.scoped)
  )

  it.effect("learns no more than that its settings changed once its reader may not see the repository", () =>
    Effect.gen(function* () {
      const { one, openPage, push, repository } = yield* scene
      const [stranger, owner, other] = [yield* openPage(null), yield* openPage(ada), yield* openPage(bob)]
      const open = yield* openedFor(one, repository, ada, "admin")
      yield* at(one)(changeSettings(open, { visibility: "private" }))
      yield* push(one, 1)
      yield* pass("5 seconds")
      assert.deepStrictEqual(stranger.pollUnsafe(), Exit.succeed(["settings"]))
      assert.deepStrictEqual(other.pollUnsafe(), Exit.succeed(["settings"]))
      assert.deepStrictEqual(owner.pollUnsafe(), Exit.succeed(["branches", "settings"]))
    }).pipe(Effect.scoped)
  )

  it.effect("shares its reads with all others of the repository, and they end with the last one", () =>
    Effect.gen(function* () {
      const { count, openPage } = yield* scene
      const first = yield* Scope.make()
      yield* Scope.provide(openPage(), first)
      const others = yield* Scope.make()
      for (let page = 0; page < 50; page += 1) yield* Scope.provide(openPage(), others)
      const readsIn = (time: "30 seconds") =>
        Effect.gen(function* () {
          count.reset()
          yield* pass(time)
          return count.calls.filter(({ path }) => rootPath.test(path)).length
        })
      assert.strictEqual(yield* readsIn("30 seconds"), 7, "one each 4 seconds")
      assert.strictEqual(count.calls.length, 7, "and nothing else")
      yield* Scope.close(first, Exit.void)
      assert.strictEqual(yield* readsIn("30 seconds"), 8)
      yield* Scope.close(others, Exit.void)
      assert.strictEqual(yield* readsIn("30 seconds"), 0)
    }).pipe(Effect.scoped)
  )
})
