/**
 * Pushers that arrive together, at one hub and at two hubs on one store and one index: exactly one wins a branch,
 * pushes to other branches succeed, and the chain of roots stays complete.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { audit } from "../muse/audit.ts"
import { type Backend, describeBackends, freshStorage } from "../hub/backends.ts"
import { commitTo, copyOf, type Growing, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { type Answer, valueIn } from "../hub/Http.ts"
import { bundleFor, clone, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { createRepository, heads, post, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { textOf } from "../muse/Value.ts"
import { entriesOf } from "../../support/shortRefs.ts"

const pushers = 8

interface Rival {
  readonly target: Target
  readonly local: Growing
  readonly branch: string
  readonly tip: string
}

/** A repository at a first commit, behind a number of hubs, and a clone of it for each pusher. */
const arena = Effect.fnUntraced(function* (backend: Backend, hubCount: number, branchOf: (rival: number) => string) {
  const storage = yield* freshStorage(backend)
  const hubs = yield* Effect.forEach(Array.from({ length: hubCount }), () => startHub(storage))
  const [first] = hubs
  if (first === undefined) throw new Error("no hub")
  const token = yield* tokenFor(first, "ada")
  const target = yield* createRepository(first.url, token, "ada/arena")
  const local = growing()
  const base = commitTo(local, "main", { "a.txt": "base" })
  assert.strictEqual((yield* pushBranch(target, local, "main")).answer.status, 200)
  const rivals = Array.from({ length: pushers }, (_, rival): Rival => {
    const own = copyOf(local)
    const branch = branchOf(rival)
    own.heads.set(branch, base)
    const tip = commitTo(own, branch, { "a.txt": `by ${rival}` })
    return { target: { ...target, url: hubs[rival % hubCount]?.url ?? "" }, local: own, branch, tip }
  })
  yield* Effect.forEach(rivals, (rival) => uploadBlobs(rival.target, rival.local, rival.local.blobs.keys()), {
    concurrency: 4
  })
  return { hub: first, target, base, rivals }
})

const pushOf = ({ target, local, branch, tip }: Rival, base: string, force = false): Effect.Effect<Answer> =>
  post(target, "push", pushBody(local, bundleFor(local, tip, [base]), branch, force))

const together = (rivals: ReadonlyArray<Rival>, base: string, force = false) =>
  Effect.forEach(rivals, (rival) => Effect.map(pushOf(rival, base, force), (answer) => ({ ...rival, answer })), {
    concurrency: "unbounded"
  })

describeBackends("pushers that arrive together", (backend) => {
  for (const hubCount of [1, 2]) {
    it.live(`at one branch: exactly one wins, and the others are told; ${hubCount} hub(s)`, () =>
      Effect.gen(function* () {
        const { hub, target, base, rivals } = yield* arena(backend, hubCount, () => "main")
        const outcomes = yield* together(rivals, base)
        const winners = outcomes.filter(({ answer }) => answer.status === 200)
        assert.deepStrictEqual(
          winners.map(({ tip }) => tip),
          [(yield* heads(target)).get("main")]
        )
        for (const { answer, tip } of outcomes) {
          if (tip === winners[0]?.tip) continue
          assert.strictEqual(textOf(assertProblem(answer, 409, /pull, or push with force/), "head"), winners[0]?.tip)
          const refused = yield* post(target, "fetch", { want: [tip], have: [] })
          assertProblem(refused, 404, /not in this repository/)
        }
        const cloned = yield* clone(target)
        assert.sameMembers([...cloned.commits.keys()], [base, winners[0]?.tip ?? ""])
        yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      })
    )

    it.live(`at different branches: all win; ${hubCount} hub(s)`, () =>
      Effect.gen(function* () {
        const { hub, target, base, rivals } = yield* arena(backend, hubCount, (rival) => `topic/${rival}`)
        const outcomes = yield* together(rivals, base)
        for (const { answer } of outcomes) {
          assert.strictEqual(answer.status, 200, new TextDecoder().decode(answer.body))
        }
        const expected = new Map([["main", base], ...rivals.map(({ branch, tip }) => [branch, tip] as const)])
        for (const { target: each } of rivals) assert.deepStrictEqual(yield* heads(each), expected)
        const cloned = yield* clone(target)
        assert.sameMembers([...cloned.commits.keys()], [...new Set(expected.values())])
        const { root } = yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
        assert.deepStrictEqual(new Map<string, string>(entriesOf(root.heads)), expected)
      })
    )
  }

  it.live("with force: all win, one after another, and the last one stays", () =>
    Effect.gen(function* () {
      const { hub, target, base, rivals } = yield* arena(backend, 2, () => "main")
      const outcomes = yield* together(rivals, base, true)
      for (const { answer, tip } of outcomes) {
        assert.strictEqual(answer.status, 200, new TextDecoder().decode(answer.body))
        assert.strictEqual(textOf(valueIn(answer), "remote_head"), tip)
      }
      const head = (yield* heads(target)).get("main") ?? ""
      assert.include(
        rivals.map(({ tip }) => tip),
        head
      )
      assert.sameMembers([...(yield* clone(target)).commits.keys()], [base, head])
      const { root } = yield* Effect.provideContext(audit((yield* refs(target)).id), hub.services)
      assert.strictEqual(entriesOf(root.heads)[0]?.[1], head)
    })
  )

  it.live("at an empty repository: one first push wins, and no branch inside a branch is created", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/empty")
      const rivals = Array.from({ length: pushers }, (_, rival): Rival => {
        const local = growing()
        const branch = rival % 2 === 0 ? "topic" : "topic/inner"
        return { target, local, branch, tip: commitTo(local, branch, { "a.txt": `by ${rival}` }) }
      })
      yield* Effect.forEach(rivals, ({ local }) => uploadBlobs(target, local, local.blobs.keys()))
      const outcomes = yield* Effect.forEach(
        rivals,
        (rival) => Effect.map(pushOf(rival, ""), (answer) => ({ ...rival, answer })),
        { concurrency: "unbounded" }
      )
      const winners = outcomes.filter(({ answer }) => answer.status === 200)
      assert.lengthOf(winners, 1)
      const [winner] = winners
      assert.deepStrictEqual(yield* heads(target), new Map([[winner?.branch ?? "", winner?.tip ?? ""]]))
      for (const { answer, branch, tip } of outcomes) {
        if (tip !== winner?.tip) assertProblem(answer, branch === winner?.branch ? 409 : 422, /./, branch)
      }
    })
  )

  it.live("for one name: one repository is created", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const hubs = [yield* startHub(storage), yield* startHub(storage)]
      const token = yield* tokenFor(hubs[0] ?? (yield* startHub(storage)), "ada")
      const made = yield* Effect.forEach(
        Array.from({ length: pushers }, (_, rival) => hubs[rival % 2]?.url ?? ""),
        (url) => Effect.exit(createRepository(url, token, "ada/wanted", { initialize: true })),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        made.filter((exit) => exit._tag === "Success"),
        1
      )
      const found = yield* Effect.forEach(hubs, ({ url }) => heads({ url, repository: "ada/wanted" }))
      assert.deepStrictEqual(found[0], found[1])
      assert.strictEqual(found[0]?.size, 1)
    })
  )
})
