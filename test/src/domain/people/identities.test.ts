/** Identities: what handles say of themselves in `<handle>/identity`, in memory. */
import { assert, describe, it } from "@effect/vitest"
import type { Visibility } from "@musehub/domain/repository/Root"
import { listMembers } from "@musehub/domain/usecase/identities/listMembers"
import { openIdentity } from "@musehub/domain/usecase/identities/openIdentity"
import { showIdentity } from "@musehub/domain/usecase/identities/showIdentity"
import { Effect, Option } from "effect"
import { ada, at, bob, newRepository, pushSteps, startHub, step } from "../support/hubSamples.ts"

const first = { limit: 10 }

const started = Effect.fnUntraced(function* (
  files: { readonly [path: string]: unknown },
  visibility: Visibility = "public"
) {
  const hub = yield* startHub()
  yield* newRepository(hub, "open")
  yield* newRepository(hub, "secret", { visibility: "private" })
  const identity = yield* newRepository(hub, "identity", { visibility })
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === "string" ? content : JSON.stringify(content)
  ])
  const commit = step("identity", Object.fromEntries(texts))
  yield* pushSteps(hub, identity, "main", [commit])
  return { hub, commitId: commit.commit.id }
})

const slugsIn = (repositories: { readonly items: ReadonlyArray<{ readonly slug: string }> }) =>
  repositories.items.map(({ slug }) => slug)

describe("an identity", () => {
  it.effect("says what its documents say, with the repositories that the caller may see", () =>
    Effect.gen(function* () {
      const profile = {
        type: "agent",
        displayName: "<b>Ada</b>",
        website: "https://example.org/ada",
        agent: { model: "m-1", capabilities: ["compose"] }
      }
      const social = { follows: ["bob"], stars: ["bob/song"], pins: ["ada/open"] }
      const { commitId, hub } = yield* started({ "profile.json": profile, "social.json": social })
      const { repositories, ...shown } = yield* at(hub)(showIdentity("ada", bob, first))
      assert.deepStrictEqual<unknown>(shown, { handle: "ada", commitId, profile, social, invalid: [], followers: 0 })
      assert.deepStrictEqual(slugsIn(repositories), ["identity", "open"])
      const own = yield* at(hub)(showIdentity("ada", ada, { limit: 2 }))
      assert.deepStrictEqual(slugsIn(own.repositories), ["identity", "open"])
      const after = Option.getOrUndefined(own.repositories.next)
      const rest = yield* at(hub)(showIdentity("ada", ada, { limit: 2, after }))
      assert.deepStrictEqual(slugsIn(rest.repositories), ["secret"])
    })
  )

  it.effect("counts a document that is not valid as absent, and says why", () =>
    Effect.gen(function* () {
      const { hub } = yield* started({
        "profile.json": { type: "human", website: "javascript:alert(1)" },
        "social.json": { pins: Array.from({ length: 7 }, (_, place) => `ada/p${place}`) }
      })
      const { invalid, profile, social } = yield* at(hub)(showIdentity("ada", null, first))
      assert.deepStrictEqual([profile, social], [null, null])
      assert.match(invalid[0] ?? "", /^profile\.json: website must be an http or https URL/)
      assert.match(invalid[1] ?? "", /^social\.json: pins must have at most 6 items/)
    })
  )

  it.effect("that is private is as unknown as one that was never made", () =>
    Effect.gen(function* () {
      const { hub } = yield* started({ "profile.json": { type: "human" } }, "private")
      const seen = yield* at(hub)(showIdentity("ada", bob, first))
      assert.deepStrictEqual([seen.commitId, seen.profile], [null, null])
      assert.deepStrictEqual(slugsIn(seen.repositories), ["open"])
      const refused = yield* Effect.flip(at(hub)(openIdentity("ada", bob)))
      assert.strictEqual(refused._tag, "RepositoryUnknown")
      for (const handle of ["nobody", "api", "No such", "__proto__"]) {
        const unknown = yield* Effect.flip(at(hub)(showIdentity(handle, bob, first)))
        assert.strictEqual(unknown._tag, "IdentityUnknown")
      }
    })
  )
})

describe("the members of an organisation", () => {
  it.effect("are listed in order of name, in pages, with the teams", () =>
    Effect.gen(function* () {
      const members = ["zoe", "bob", "carol"].map((user) => ({ user, role: "member", teams: ["band"] }))
      const teams = [{ name: "band", grants: [{ slug: "open", role: "write" }] }]
      const { commitId, hub } = yield* started({ "members.json": { members, teams } })
      const open = yield* at(hub)(openIdentity("ada", null))
      const page = yield* at(hub)(listMembers(open, { limit: 2 }))
      assert.deepStrictEqual(
        page.items.map(({ user }) => String(user)),
        ["bob", "carol"]
      )
      assert.deepStrictEqual<unknown>(page.teams, teams)
      assert.deepInclude(page, { commitId, invalid: null, effective: false })
      const rest = yield* at(hub)(listMembers(open, { limit: 2, after: Option.getOrUndefined(page.next) }))
      assert.deepStrictEqual(
        rest.items.map(({ user }) => String(user)),
        ["zoe"]
      )
      assert.isTrue(Option.isNone(rest.next))
    })
  )
})
