/**
 * The recorded push, clone, fetch and pull of the real client, sent again byte for byte, header for header. The answers
 * mean the same as then, except where `replayGroups.ts` says why not.
 */
import { assert, describe, it } from "@effect/vitest"
import { readCommit } from "@musehub/domain/invariant/ObjectReader"
import { CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { readdirSync } from "node:fs"
import { describeBackends, freshStorage } from "../hub/backends.ts"
import { startHub } from "../hub/Hub.ts"
import { clone, fetchFrom, uploadBlobs } from "../muse/LocalRepository.ts"
import { createRepository, heads, ok, post, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Exchange, exchangesOf } from "../muse/Recording.ts"
import { idLike, makeStage, pushUnrecorded, replay } from "../muse/replay.ts"
import { differences, groups, otherScenarios, replayedBySpecialTests } from "../muse/replayGroups.ts"
import { assertSame, type Fields, fieldsOf, fromMsgpack, recordsOf, textOf, textsOf } from "../muse/Value.ts"

const exchange = (name: string): Exchange => {
  const found = exchangesOf(name.slice(0, 2)).find((one) => one.name === name)
  if (found === undefined) throw new Error(`no exchange ${name}`)
  return found
}

const isPut = ({ endpoint }: Exchange) => endpoint === "PUT"

describe("the table of recorded scenarios", () => {
  it("names every scenario once", () => {
    const all = readdirSync(new URL("../../../vectors/wire", import.meta.url)).filter((name) => /^\d\d-/.test(name))
    const named = [...groups.flatMap((group) => group.scenarios), ...replayedBySpecialTests, ...otherScenarios]
    assert.deepStrictEqual(
      named.toSorted(),
      all.map((name) => name.slice(0, 2))
    )
  })

  it("gives a reason for every difference, and has none for scenarios that are not replayed", () => {
    const replayed = new Set(groups.flatMap((group) => group.scenarios.flatMap(exchangesOf)).map(({ name }) => name))
    for (const [name, { because }] of Object.entries(differences)) {
      assert.isTrue(replayed.has(name), name)
      assert.isNotEmpty(because)
    }
  })
})

describeBackends("recorded exchanges", (backend) => {
  for (const { scenarios, repositories, pushedBefore } of groups) {
    it.live(`${scenarios.join(", ")} are answered as expected`, () =>
      Effect.gen(function* () {
        const stage = yield* makeStage(yield* startHub(yield* freshStorage(backend)), repositories)
        const exchanges = scenarios
          .flatMap(exchangesOf)
          // The PUTs of scenario 18 succeed here; a test below covers their failure.
          .filter((one) => !(one.name.startsWith("18/") && isPut(one)))
        yield* replay(stage, exchanges, pushedBefore)
      })
    )
  }

  const stageWith = (repositories: Parameters<typeof makeStage>[1]) =>
    Effect.gen(function* () {
      return yield* makeStage(yield* startHub(yield* freshStorage(backend)), repositories)
    })

  it.live("16 gives URLs where the store can sign them, and elsewhere accepts everything through the hub", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/file-contents": {} })
      yield* replay(stage, exchangesOf("16").slice(0, 3))
      assert.strictEqual(stage.presigned.size, backend.presigns ? 2 : 0)
    })
  )

  it.live("18, whose uploads never arrive, ends in a push that names the missing blobs", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/file-contents": {} })
      yield* replay(stage, [...exchangesOf("18").slice(0, 3), exchange("16/06")])
      const target: Target = { url: stage.hub.url, repository: "ada/file-contents", token: stage.ada }
      const pushed = yield* post(target, "push", fromMsgpack(exchange("16/07").body ?? new Uint8Array()))
      const problem = assertProblem(pushed, 422, /missing/, "push")
      const lacking = textsOf(exchange("18/03").answer, "inline").toSorted()
      assert.deepStrictEqual(textsOf(problem, "missing").toSorted(), lacking)
      assert.deepStrictEqual(yield* heads(target), new Map())

      const blobs = new Map(
        exchangesOf("18")
          .filter(isPut)
          .map(({ path, body }) => [path.split("/").at(-1) ?? "", body ?? new Uint8Array()])
      )
      const local = { domain: "", heads: new Map(), commits: new Map(), snapshots: new Map(), blobs }
      const uploaded = yield* uploadBlobs(target, local, blobs.keys())
      assert.strictEqual(uploaded.presigned, backend.presigns ? 2 : 0)
      yield* replay(stage, [exchange("16/07")])
      assert.sameMembers([...(yield* clone(target)).commits.keys()], [idLike("114d7e"), idLike("755663")])
    })
  )

  // Without presigned URLs there is no upload past the hub that could contain other bytes.
  if (backend.presigns) {
    it.live("16 with wrong bytes for the ids is refused, until the right ones are there", () =>
      Effect.gen(function* () {
        const stage = yield* stageWith({ "ada/file-contents": {} })
        const [puts, rest] = [exchangesOf("16").filter(isPut), exchangesOf("16").filter((one) => !isPut(one))]
        yield* replay(stage, rest.slice(0, -1))
        const target: Target = { url: stage.hub.url, repository: "ada/file-contents", token: stage.ada }
        const push = post(target, "push", fromMsgpack(exchange("16/07").body ?? new Uint8Array()))
        const spoilt: ReadonlyArray<(content: Uint8Array) => Uint8Array> = [
          (content) => content.map((byte, index) => (index === 1000 ? byte ^ 1 : byte)),
          (content) => content.subarray(0, -1),
          () => new Uint8Array()
        ]
        for (const spoil of spoilt) {
          yield* replay(
            stage,
            puts.map((put) => ({ ...put, body: spoil(put.body ?? new Uint8Array()) }))
          )
          assertProblem(yield* push, 422, /^blob [0-9a-f]{64}: /, "push")
          assert.deepStrictEqual(yield* heads(target), new Map())
        }
        yield* replay(stage, puts)
        yield* replay(stage, [exchange("16/07")])
        assert.sameMembers([...(yield* clone(target)).commits.keys()], [idLike("114d7e"), idLike("755663")])
      })
    )
  }

  it.live("34 and 35 start with a first commit whose id its content gives, and build on it", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/with-init": { initialize: true } })
      const target: Target = { url: stage.hub.url, repository: "ada/with-init", token: stage.ada }
      const before = yield* heads(target)
      const init = before.get("main") ?? ""
      assert.match(init, /^[0-9a-f]{64}$/)
      assert.strictEqual(before.size, 1)
      const { commits, snapshots, blobs } = yield* fetchFrom({ ...target, token: undefined }, [init])
      assert.deepStrictEqual([...commits.keys()], [init])
      assert.strictEqual(textOf(commits.get(init) ?? null, "message"), "Initial commit")
      const [snapshot] = snapshots.values()
      assert.strictEqual(fieldsOf(snapshot ?? null, "manifest").size, 0)
      assert.strictEqual(blobs.size, 0)

      yield* replay(stage, [exchange("35/02"), exchange("35/03")])
      const recorded = exchange("35/04")
      const sent = fromMsgpack(recorded.body ?? new Uint8Array())
      const [madeUp] = recordsOf(sent, "bundle", "commits")
      assert(madeUp !== undefined)
      assert.match(textOf(madeUp, "parent_commit_id"), /^init-/)
      assertProblem(yield* post(target, "push", sent), 422, /parent_commit_id/, "a parent that is not an id")
      assertSame(yield* heads(target), before, "heads")

      const identity = [init, textOf(madeUp, "snapshot_id"), textOf(madeUp, "message"), textOf(madeUp, "committed_at")]
      const id = createHash("sha256").update(identity.join("\0")).digest("hex")
      const commit: Fields = new Map([...madeUp, ["commit_id", id], ["parent_commit_id", init]])
      const bundle = new Map([...fieldsOf(sent, "bundle"), ["commits", [commit]]])
      const pushed = yield* post(target, "push", { bundle, branch: "main", force: false })
      assert.strictEqual(pushed.status, 200)
      const cloned = yield* clone(target)
      assert.sameMembers([...cloned.commits.keys()], [init, id])
      assertSame(cloned.heads, new Map([["main", id]]), "heads")
    })
  )

  it.live("43 is refused with a remedy when no repository has what the bundle omits", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/second": {} })
      yield* replay(stage, exchangesOf("43").slice(0, 3))
      const target: Target = { url: stage.hub.url, repository: "ada/second", token: stage.ada }
      const body = exchange("43/04").body ?? new Uint8Array()
      const problem = assertProblem(
        yield* post(target, "push", fromMsgpack(body)),
        422,
        /remove the tracking refs/,
        "push"
      )
      assert.deepStrictEqual(textsOf(problem, "missing"), [idLike("b834a0")])
      assert.deepStrictEqual(yield* heads(target), new Map())
    })
  )

  it.live("43 does not copy from a repository that the pusher may not read", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/origin": { visibility: "private" } })
      yield* pushUnrecorded(stage, "ada/origin", "b834a0")
      const target = yield* createRepository(stage.hub.url, stage.bob, "bob/second")
      const bodyOf = (name: string) => fromMsgpack(exchange(name).body ?? new Uint8Array())
      yield* ok(post(target, "push/objects", bodyOf("43/03")))
      const problem = assertProblem(yield* post(target, "push", bodyOf("43/04")), 422, /missing/, "push")
      assert.deepStrictEqual(textsOf(problem, "missing"), [idLike("b834a0")])
    })
  )

  it.live("51 keeps the first record, and serves the annotations of later ones with it", () =>
    Effect.gen(function* () {
      const stage = yield* stageWith({ "ada/annotated": {} })
      yield* replay(stage, exchangesOf("51"), { "51/01": { repository: "ada/annotated", head: "1b10ca" } })
      const id = idLike("1b10ca")
      const [again] = recordsOf(fromMsgpack(exchange("51/03").body ?? new Uint8Array()), "bundle", "commits")
      assert.deepStrictEqual(textsOf(again ?? null, "reviewed_by"), ["dave"])
      const target: Target = { url: stage.hub.url, repository: "ada/annotated" }
      const { commits } = yield* clone(target)
      assertSame(commits.get(id) ?? null, again ?? null, "the served commit")
      const repository = RepositoryId.make((yield* refs(target)).id)
      const { commit } = yield* Effect.provideContext(readCommit(repository, CommitId.make(id)), stage.hub.services)
      assert.deepStrictEqual([commit.record.reviewed_by, commit.record.test_runs], [[], 0])
    })
  )
})
