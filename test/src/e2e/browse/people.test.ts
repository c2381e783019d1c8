/** Identities, organisations and the rules of a repository over HTTP. */
import { assert } from "@effect/vitest"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect } from "effect"
import { ask, valueOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const base64 = (content: unknown) => Buffer.from(JSON.stringify(content)).toString("base64")

/** Commits documents to a repository of Ada's, and returns the new head of the branch. */
const commit = Effect.fnUntraced(function* (
  slug: string,
  documents: { readonly [path: string]: unknown },
  target: { readonly branch: string; readonly from?: string } = { branch: "main" }
) {
  const changes = Object.entries(documents).map(([path, content]) => ({
    op: "put",
    path,
    contentBase64: base64(content)
  }))
  const answer = yield* ask("POST", `/repos/ada/${slug}/commits`, { ...target, message: "m", changes })
  assert.strictEqual(answer.status, 201)
})

const created = Effect.fnUntraced(function* (name: string, visibility: string, domain = "code") {
  const answer = yield* ask("POST", "/repos", { owner: "ada", name, visibility, domain, initialize: true })
  assert.strictEqual(answer.status, 201)
})

describeOnMemoryStage("people", (it) => {
  it.effect("see what a handle says of itself where they may see its identity", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      assertProblem(yield* ask("GET", "/identities/ada", undefined, { token: "" }), 404, /nothing of "ada"/)
      assertProblem(yield* ask("GET", "/orgs/ada/members"), 404, /no repository ada\/identity/)
      yield* created("identity", "private", "identity")
      const members = ["bob", "carol"].map((user) => ({ user, role: "member", teams: [] }))
      yield* commit("identity", { "profile.json": { type: "org" }, "members.json": { members, teams: [] } })
      for (const visibility of ["private", "public"]) {
        assert.strictEqual((yield* ask("PATCH", "/repos/ada/identity", { visibility })).status, 200)
        for (const token of [undefined, bob, ""]) {
          const isSeen = visibility === "public" || token === undefined
          for (const path of ["/identities/ada", "/orgs/ada/members"]) {
            const answer = yield* ask("GET", path, undefined, { token })
            assert.strictEqual(answer.status, isSeen ? 200 : 404, `${path} of a ${visibility} identity`)
          }
        }
      }
      const shown = valueOf(yield* ask("GET", "/identities/ada", undefined, { token: bob }))
      assert.deepInclude(shown, { handle: "ada", profile: { type: "org" }, social: null, invalid: [] })
      const page = yield* ask("GET", "/orgs/ada/members?limit=1")
      assert.deepInclude(valueOf(page), { items: members.slice(0, 1), teams: [], effective: false, invalid: null })
      const next = yield* ask("GET", `/orgs/ada/members?cursor=${String(valueOf(page)["nextCursor"])}`)
      assert.deepInclude(valueOf(next), { items: members.slice(1), nextCursor: null })
      const headers = [["If-None-Match", page.headers["etag"] ?? ""]] as const
      assert.strictEqual((yield* ask("GET", "/orgs/ada/members?limit=1", undefined, { headers })).status, 304)
      yield* commit("identity", { "members.json": { members: [] } })
      const broken = yield* ask("GET", "/orgs/ada/members?limit=1", undefined, { headers })
      assert.deepInclude(valueOf(broken), { items: [], teams: [], invalid: "members.json: teams is missing" })
    })
  )

  it.effect("see how many follow a handle and star a repository, in public identities alone", () =>
    Effect.gen(function* () {
      const { bob, hub } = yield* Stage
      yield* created("song", "public")
      const answer = yield* ask(
        "POST",
        "/repos",
        { owner: "bob", name: "identity", domain: "identity" },
        { token: bob }
      )
      assert.strictEqual(answer.status, 201)
      const content = base64({ follows: ["ada", "bob"], stars: ["ada/song"] })
      const changes = [{ op: "put", path: "social.json", contentBase64: content }]
      const said = yield* ask(
        "POST",
        "/repos/bob/identity/commits",
        { branch: "main", message: "m", changes },
        { token: bob }
      )
      assert.strictEqual(said.status, 201)
      yield* Effect.provideContext(derivePending({ deriver: "marks" }), hub.services)
      for (const [visibility, count] of [
        ["private", 0],
        ["public", 1]
      ] as const) {
        const changed = yield* ask("PATCH", "/repos/bob/identity", { visibility }, { token: bob })
        assert.strictEqual(changed.status, 200)
        assert.deepInclude(valueOf(yield* ask("GET", "/identities/ada", undefined, { token: "" })), {
          followers: count
        })
        assert.deepInclude(valueOf(yield* ask("GET", "/identities/bob", undefined, { token: bob })), { followers: 0 })
        assert.deepInclude(valueOf(yield* ask("GET", "/repos/ada/song", undefined, { token: "" })), { stars: count })
      }
      yield* ask("PATCH", "/repos/ada/song", { visibility: "private" })
      assertProblem(yield* ask("GET", "/repos/ada/song", undefined, { token: bob }), 404, /no repository ada\/song/)
      assert.deepInclude(valueOf(yield* ask("GET", "/repos/ada/song")), { stars: 1 })
    })
  )

  it.effect("are refused a merge by the name of the rule", () =>
    Effect.gen(function* () {
      yield* created("ruled", "public")
      yield* commit("ruled", { ".musegovernance.json": { rules: [{ name: "all", paths: ["*"], approvals: 1 }] } })
      yield* commit("ruled", { song: "s" }, { branch: "topic", from: "main" })
      const proposal = { title: "t", body: "", fromBranch: "topic", toBranch: "main" }
      assert.strictEqual((yield* ask("POST", "/repos/ada/ruled/proposals", proposal)).status, 201)
      const { governance } = valueOf(yield* ask("GET", "/repos/ada/ruled/proposals/1/merge-preview"))
      assert.deepInclude(governance, { invalid: null, landing: null })
      assert.include(JSON.stringify(governance), "asks for 1 approval(s)")
      const refused = yield* ask("POST", "/repos/ada/ruled/proposals/1/merge", { strategy: "squash" })
      assertProblem(refused, 409, /the rule "all" of \.musegovernance\.json, for "song", asks for 1 approval/)
      const { given, needed, path, rule, type } = valueOf(refused)
      assert.deepStrictEqual([type, rule, path, needed, given], ["urn:musehub:problem:rule-unmet", "all", "song", 1, 0])
    })
  )
})
