/**
 * Pushes that rely on what is about to go, beside collections of two hubs and merges of packs. Whatever comes first,
 * nothing that a root leads to is gone afterwards. `MUSEHUB_GC_RACES` says how many rounds.
 */
import { assert, describe, it } from "@effect/vitest"
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { push } from "@musehub/domain/usecase/push/push"
import { Effect, Result } from "effect"
import { interposed, type StoreCall } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import {
  at,
  clone,
  headsOf,
  newRepository,
  opened,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub
} from "../support/hubSamples.ts"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { findingsOf, largeText } from "../verify/verified.ts"
import { agingStore, applied, days, planned } from "./collected.ts"

/** Whether a call condemns something of a repository, or deletes it. */
const isDelicate = ({ operation, path }: StoreCall, repository: string | undefined): boolean =>
  repository !== undefined &&
  path.includes(repository) &&
  ((operation === "documents.write" && path.includes("/condemned/")) || operation === "delete")

const rounds = Number(process.env["MUSEHUB_GC_RACES"] ?? "30")

/** What may happen to a contender: another one was faster, what it needs was not sent, or rows are recorded again. */
const explained: ReadonlyArray<ErrorKind> = ["conflict", "refused", "not found", "unavailable"]

describe("gc beside pushes", () => {
  it.live(
    `leaves nothing dangling in ${rounds} rounds of pushes that rely on what is about to go`,
    () =>
      forSeeds(1, (random) =>
        Effect.gen(function* () {
          const { pass, store: aging } = yield* agingStore
          let collected: string | undefined
          const pause = (millisMax: number) =>
            Effect.promise(() => new Promise<void>((go) => setTimeout(go, random.below(millisMax))))
          const turn = Effect.promise(() => new Promise<void>(setImmediate))
          const waiting = new Set<() => void>()
          /** Waits until a collection is about to condemn or delete something, or has ended. */
          const untilDelicate = Effect.promise(() => new Promise<void>((go) => void waiting.add(go)))
          const beginDelicate = Effect.sync(() => {
            for (const go of waiting) go()
            waiting.clear()
          })
          // Calls take their time, so that those of others come between any two: most where a collection condemns and
          // deletes, and where a push has seen what is about to go, or has put it.
          const store = interposed(aging, (call, effect) => {
            if (isDelicate(call, collected)) return Effect.andThen(beginDelicate, Effect.andThen(pause(20), effect))
            if (call.operation === "head" || call.operation === "put") {
              return random.chance(0.3) ? Effect.tap(effect, () => pause(20)) : effect
            }
            return random.chance(0.5) ? effect : Effect.andThen(turn, effect)
          })
          const hub = yield* startHub({ store })
          const other = yield* startHub({ store, index: hub.index })
          yield* at(hub)(probe())
          const repository = yield* newRepository(hub)
          collected = repository.id
          const base = step("base", { base: "base" })
          yield* pushSteps(hub, repository, "main", [base])
          const outcomes = new Map<string, number>()
          const count = (what: string) => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1)
          const told = <A, R>(what: string, effect: Effect.Effect<A, { readonly _tag: string }, R>) =>
            Effect.map(Effect.result(effect), (result) => {
              count(Result.isSuccess(result) ? what : `${what}: ${result.failure._tag}`)
              if (Result.isSuccess(result)) return
              const { failure } = result
              assert.include(explained, "kind" in failure ? failure.kind : "", `${what}: ${failure._tag}`)
            })

          /** Sends the blobs of a step, and nothing else. */
          const send = Effect.fnUntraced(function* (by: TestHub, { blobs }: Step) {
            const open = yield* opened(by, repository)
            yield* at(by)(uploadBlobs(open, (take) => Effect.forEach(blobs, take, { discard: true })))
          })
          /** Pushes a step whose blobs were sent long ago. */
          const pushSent = Effect.fnUntraced(function* (by: TestHub, branch: string, { commit, snapshot }: Step) {
            const open = yield* opened(by, repository)
            const commits = [commit.record]
            yield* at(by)(push(open, { branch, force: true, commits, snapshots: [snapshot] }))
          })
          const collect = Effect.fnUntraced(function* (by: TestHub) {
            const options = { isSure: true, ...(random.chance(0.5) ? { retentionMillis: -2 * days } : {}) }
            const { plan } = yield* planned(by, options)
            if (random.chance(0.5)) yield* pass(1)
            const { collected } = yield* applied(by, plan)
            if (collected.packs > 0) count("packs went")
            if (collected.blobs > 0) count("blobs went")
            if (collected.dropped > 0) count("objects went")
          })

          for (let round = 0; round < rounds; round += 1) {
            const wanted = step(`wanted ${round}`, { a: `small ${round}`, big: `${largeText} ${round}` }, [base])
            const lost = step(`lost ${round}`, { a: `lost ${round}`, big: `${largeText} lost ${round}` }, [base])
            const onLost = step(`on lost ${round}`, { a: `on ${round}` }, [lost])
            const side = step(`side ${round}`, { a: `side ${round}` }, [base])
            // Blobs without a push, and commits that no branch leads to: both old.
            yield* send(hub, wanted)
            yield* pushSteps(hub, repository, "topic", [lost], { force: true })
            yield* pushSteps(hub, repository, "topic", [side], { force: true })
            yield* pass(15 * days)
            const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
              random.chance(0.7) ? Effect.andThen(untilDelicate, effect) : effect
            const by = () => random.pick([hub, other])
            const others = [
              told("sent before", inTime(pushSent(by(), `sent-${round % 3}`, wanted))),
              told("sent again", inTime(pushSteps(by(), repository, "again", [wanted], { force: true }))),
              told("on what was lost", inTime(pushSteps(by(), repository, "revived", [onLost], { force: true }))),
              told("merged", at(other)(mergePacks(repository.id, 2))),
              told("collected too", collect(random.chance(0.5) ? hub : other))
            ]
            const collecting = told("collected", Effect.ensuring(collect(hub), beginDelicate))
            const contenders = [collecting, ...random.some(others, 0.8)]
            yield* Effect.forEach(contenders, (contender) => contender, { concurrency: "unbounded", discard: true })
            const { faults } = yield* findingsOf(hub, "default")
            assert.deepStrictEqual(faults, [], `round ${round}`)
            const heads = yield* headsOf(hub, repository)
            yield* clone(hub, repository, [...new Set(Object.values(heads))])
          }
          for (const what of [
            "sent before",
            "sent again",
            "on what was lost",
            "packs went",
            "blobs went",
            "objects went"
          ])
            assert.isAbove(outcomes.get(what) ?? 0, 0, `${what} of ${JSON.stringify([...outcomes])}`)
        })
      ),
    10 * 60_000
  )
})
