/**
 * The sample of a legacy hub is taken over while it goes on: between the runs people clone, push and merge here, and
 * the legacy hub moves. What was done here stays, what is new there comes, and what moved in both is named.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { ProposalTitle } from "@musehub/domain/repository/Proposal"
import { apiClient } from "../../e2e/hub/apiClient.ts"
import { type Hub, tokenFor } from "../../e2e/hub/Hub.ts"
import { goldenRepository } from "../../e2e/muse/goldenRepositories.ts"
import { clone } from "../../e2e/muse/LocalRepository.ts"
import { exchangesOf } from "../../e2e/muse/Recording.ts"
import { send, valueIn } from "../../e2e/hub/Http.ts"
import { recordsOf, textOf, type Value } from "../../e2e/muse/Value.ts"
import { acquirePostgres } from "../../services/services.ts"
import { assertIsGolden, goldenSlugs } from "../golden.ts"
import { legacyDatabase, recordsIn, run } from "../legacyDatabase.ts"
import { expected } from "../support.ts"
import { adopting, assertVerified, emptyHub, leftIn } from "./adopting.ts"

const serverUrl = await acquirePostgres()
const quiet = Effect.provide(Logger.layer([]))
const targetOf = (hub: Hub, slug: string) => ({ url: hub.url, repository: `ada/${slug}` })
const head = String(goldenRepository("linear").heads.get("main"))
const second = "b834a0920cef1180fc11da450978b17e7ee94a596b4f8bf383b541900c567933"
/** Recorded clones, and the repositories that they clone. */
const recordedClones: ReadonlyArray<readonly [scenario: string, slug: string]> = [
  ["12", "awkward-names"],
  ["14", "file-contents"],
  ["24", "provenance"],
  ["25", "linear"],
  ["42", "midi"]
]

const linearIn = expected.repos.find(({ slug }) => slug === "linear")?.repo_id ?? ""

/** A hub, a legacy hub, and what is done to both. */
const world = Effect.gen(function* () {
  const url = yield* legacyDatabase(serverUrl)
  const legacy = yield* Layer.build(recordsIn(url))
  const hub = yield* emptyHub
  const api = yield* apiClient(hub.url, yield* tokenFor(hub, "ada"))
  const params = { owner: "ada", slug: "linear" }
  const write = (branch: string, path: string, from?: string) =>
    api.commits.create({
      params,
      payload: {
        branch,
        ...(from === undefined ? {} : { from }),
        message: `${path} on ${branch}`,
        changes: [{ op: "put", path, contentBase64: new TextEncoder().encode(path) }]
      }
    })
  const merge = Effect.fnUntraced(function* (fromBranch: string, toBranch: string) {
    const title = ProposalTitle.make(`bring ${fromBranch}`)
    const { number } = yield* api.proposals.open({ params, payload: { title, fromBranch, toBranch } })
    const at = { ...params, number }
    return yield* api.proposals.merge({ params: at, payload: { strategy: "merge_commit" } })
  })
  /** The branch of the legacy hub goes to a commit, or away. */
  const legacyBranch = (name: string, commit: string | null) =>
    commit === null
      ? run(url, "DELETE FROM musehub_branches WHERE repo_id = $1 AND name = $2", [linearIn, name])
      : run(
          url,
          `WITH moved AS (
             UPDATE musehub_branches SET head_commit_id = $3 WHERE repo_id = $1 AND name = $2 RETURNING 1
           ) INSERT INTO musehub_branches (branch_id, repo_id, name, head_commit_id)
             SELECT gen_random_uuid()::text, $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM moved)`,
          [linearIn, name, commit]
        )
  const heads = Effect.map(clone(targetOf(hub, "linear")), (cloned) => cloned.heads)
  return { hub, legacy, legacyBranch, heads, api, params, write, merge }
})

const idsIn = (value: Value) => ({
  commits: recordsOf(value, "commits").map((commit) => textOf(commit, "commit_id")),
  snapshots: recordsOf(value, "snapshots").map((snapshot) => textOf(snapshot, "snapshot_id")),
  blobs: recordsOf(value, "objects").map((object) => textOf(object, "object_id"))
})

/** Sends the recorded requests of clones: each must get all that it got from the legacy hub. */
const assertRecordedClones = Effect.fnUntraced(function* (hub: Hub) {
  for (const [scenario, slug] of recordedClones) {
    for (const { answer: recorded, body, endpoint, headers, method } of exchangesOf(scenario)) {
      const url = `${hub.url}/ada/${slug}/${endpoint}`
      const answer = yield* send({ method, url, headers, ...(body === undefined ? {} : { body }) })
      assert.strictEqual(answer.status, 200, `${slug}: ${endpoint}`)
      if (endpoint !== "fetch") continue
      const [got, then] = [idsIn(valueIn(answer)), idsIn(recorded)]
      assert.deepStrictEqual(new Set(got.commits), new Set(then.commits), slug)
      assert.deepStrictEqual(new Set(got.snapshots), new Set(then.snapshots), slug)
      assert.includeMembers(got.blobs, then.blobs, slug)
    }
  }
})

describe("adopting a legacy hub that goes on", () => {
  it.live("brings what is new in each phase, beside what was pushed and merged here", () =>
    Effect.gen(function* () {
      const { heads, hub, legacy, legacyBranch, merge, params, api, write } = yield* world
      yield* legacyBranch("main", second)
      const first = yield* adopting(hub, legacy)
      const behind = leftIn(first)
      yield* assertRecordedClones(hub)
      for (const slug of goldenSlugs) assertIsGolden(yield* clone(targetOf(hub, slug)), slug)
      yield* assertVerified(hub)

      // Two lines are made and merged here, while the legacy hub moves on.
      const verse = yield* write("verse", "verse.txt", "main")
      yield* write("stage", "stage.txt", "main")
      const merged = yield* merge("verse", "stage")
      yield* legacyBranch("main", head)
      yield* legacyBranch("there", second)
      const after = yield* adopting(hub, legacy)
      assert.deepStrictEqual(leftIn(after), behind)
      const linear = after.repositories.find(({ name }) => name === "ada/linear")
      assert.deepInclude(linear, { isOwn: true, commits: 1, branches: 2 })
      const kept = { verse: verse.commitId, stage: merged.mergeCommitId, there: second }
      assert.deepStrictEqual(Object.fromEntries(yield* heads), { ...kept, main: head })
      yield* assertRecordedClones(hub)
      yield* assertVerified(hub)

      // What is pushed upon the legacy hub's own branch stays, although that hub has an older head.
      const pushed = yield* write("main", "mine.txt")
      const chorus = yield* merge("stage", "main")
      for (let runs = 0; runs < 2; runs++) {
        const again = yield* adopting(hub, legacy)
        assert.deepStrictEqual(leftIn(again), behind)
        assert.strictEqual(
          again.repositories.reduce((sum, each) => sum + each.commits + each.branches, 0),
          0
        )
      }
      assert.deepStrictEqual(Object.fromEntries(yield* heads), { ...kept, main: chorus.mergeCommitId })
      const shown = yield* api.commits.show({ params: { ...params, id: chorus.mergeCommitId } })
      assert.deepStrictEqual(shown.parents, [pushed.commitId, merged.mergeCommitId])
      yield* assertVerified(hub)
    }).pipe(quiet, Effect.scoped)
  )

  it.live("names a branch that moved in both hubs, and overwrites nothing", () =>
    Effect.gen(function* () {
      const { api, heads, hub, legacy, legacyBranch, merge, params, write } = yield* world
      yield* legacyBranch("main", second)
      yield* legacyBranch("gone", second)
      yield* adopting(hub, legacy, ["ada/linear"])
      const mine = yield* write("main", "mine.txt")
      yield* api.branches.delete({ params: { ...params, name: "gone" }, query: {} })
      yield* write("solo/one", "one.txt", "main")

      // A branch that was deleted here stays deleted.
      const quietly = yield* adopting(hub, legacy, ["ada/linear"])
      assert.deepStrictEqual(leftIn(quietly), [])
      const before = yield* heads
      assert.deepStrictEqual([...before.keys()], ["main", "solo/one"])

      yield* legacyBranch("main", head)
      yield* legacyBranch("gone", head)
      yield* legacyBranch("solo", second)
      const named = yield* adopting(hub, legacy, ["ada/linear"])
      const left = named.repositories.flatMap(({ quarantined }) => quarantined)
      const reasons = new Map(left.map(({ reason, row }) => [row, reason]))
      assert.deepStrictEqual([...reasons.keys()].toSorted(), ["branch gone", "branch main", "branch solo"])
      assert.include(reasons.get("branch gone"), `deleted here, at ${second}, and is at ${head} in the legacy hub now`)
      assert.include(
        reasons.get("branch main"),
        `moved in both hubs: it is at ${mine.commitId} here, and at ${head} in`
      )
      assert.include(reasons.get("branch solo"), "a clone cannot have it beside branch solo/one")
      assert.deepStrictEqual(yield* heads, before)
      yield* assertVerified(hub)

      // Once a merge has both, nothing is left to say.
      yield* api.branches.create({ params, payload: { name: "theirs", from: head } })
      const merged = yield* merge("theirs", "main")
      yield* legacyBranch("gone", null)
      yield* legacyBranch("solo", null)
      assert.deepStrictEqual(leftIn(yield* adopting(hub, legacy, ["ada/linear"])), [])
      assert.strictEqual((yield* heads).get("main"), merged.mergeCommitId)
      yield* assertVerified(hub)
    }).pipe(quiet, Effect.scoped)
  )
})
