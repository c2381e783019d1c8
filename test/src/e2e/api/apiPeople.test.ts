/**
 * What the REST API shows to whom: lists of repositories depend on what each caller may see, users manage only their
 * own tokens, and a limited token creates no other ones.
 */
import { assert } from "@effect/vitest"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import { Effect } from "effect"
import { apiClient } from "../hub/apiClient.ts"
import { tokenFor } from "../hub/Hub.ts"
import { describeOnMemoryStage, Stage } from "../hub/Stage.ts"

const ada = UserName.make("ada")

type Client = Effect.Success<ReturnType<typeof apiClient>>

/** The slugs of ada's repositories that a caller sees, in pages of this size. */
const seenBy = Effect.fnUntraced(function* (client: Client, limit: number) {
  const slugs: Array<string> = []
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: Parameters<Client["repositories"]["list"]>[0]["query"] = {
      owner: ada,
      limit,
      ...(cursor === "" ? {} : { cursor })
    }
    const page = yield* client.repositories.list({ query })
    assert.isAtMost(page.items.length, limit)
    slugs.push(...page.items.map(({ slug }) => slug))
    cursor = page.nextCursor
  }
  return slugs
})

describeOnMemoryStage("the REST API", (it) => {
  it.effect("lists the repositories that a caller may see, page by page", () =>
    Effect.gen(function* () {
      const { hub, ada: adasToken, bob: bobsToken } = yield* Stage
      const [mine, bobs, anonymous] = [
        yield* apiClient(hub.url, adasToken),
        yield* apiClient(hub.url, bobsToken),
        yield* apiClient(hub.url)
      ]
      for (const name of ["a", "b", "c", "d", "e"]) {
        const visibility = name === "c" ? "public" : "private"
        yield* mine.repositories.create({ payload: { owner: ada, name: RepositoryName.make(name), visibility } })
      }
      yield* mine.collaborators.set({ params: { owner: ada, slug: "d", user: "bob" }, payload: { role: "read" } })
      const { secret } = yield* mine.user.createToken({ payload: { scope: "read", repository: "ada/e" } })
      const limited = yield* apiClient(hub.url, secret)
      for (const limit of [1, 2, 100]) {
        assert.deepStrictEqual(yield* seenBy(mine, limit), ["a", "b", "c", "d", "e"])
        assert.deepStrictEqual(yield* seenBy(bobs, limit), ["c", "d"])
        assert.deepStrictEqual(yield* seenBy(anonymous, limit), ["c"])
        assert.deepStrictEqual(yield* seenBy(limited, limit), ["c", "e"])
      }
      const refused = yield* Effect.flip(anonymous.repositories.list({ query: { cursor: "AP8" } }))
      assert.deepInclude(refused, { status: 400 })
    })
  )

  it.effect("lets users manage only their own tokens, with a token that may", () =>
    Effect.gen(function* () {
      const { hub, ada: adasToken, bob: bobsToken } = yield* Stage
      const mine = yield* apiClient(hub.url, adasToken)
      const bobs = yield* apiClient(hub.url, bobsToken)
      const made = yield* mine.user.createToken({ payload: { scope: "read" } })
      const unknown = yield* Effect.flip(bobs.user.revokeToken({ params: { id: made.id } }))
      assert.deepInclude(unknown, { status: 404, type: "urn:musehub:problem:token-unknown" })
      const idsOf = (client: Client) =>
        Effect.map(client.user.listTokens({ query: { limit: 100 } }), ({ items }) => items.map(({ id }) => id))
      assert.include(yield* idsOf(mine), made.id)
      assert.notInclude(yield* idsOf(bobs), made.id)
      const reader = yield* apiClient(hub.url, made.secret)
      const writer = yield* apiClient(hub.url, yield* tokenFor(hub, "ada", { scope: "write" }))
      for (const weak of [reader, writer]) {
        for (const refused of [
          Effect.flip(weak.user.createToken({ payload: { scope: "read" } })),
          Effect.flip(weak.user.listTokens({ query: {} })),
          Effect.flip(weak.user.revokeToken({ params: { id: made.id } }))
        ]) {
          assert.deepInclude(yield* refused, { status: 403 })
        }
      }
      assert.strictEqual((yield* reader.user.whoAmI()).name, ada)
      yield* mine.user.revokeToken({ params: { id: made.id } })
      assert.deepInclude(yield* Effect.flip(reader.user.whoAmI()), { status: 401 })
    })
  )

  it.effect("limits a token only to a repository that its creator can see", () =>
    Effect.gen(function* () {
      const { hub, ada: adasToken, bob: bobsToken } = yield* Stage
      const mine = yield* apiClient(hub.url, adasToken)
      const bobs = yield* apiClient(hub.url, bobsToken)
      const name = RepositoryName.make("secret")
      yield* mine.repositories.create({ payload: { owner: ada, name } })
      for (const repository of ["ada/secret", "ada/none", "ada", "ada/secret/x"]) {
        const refused = yield* Effect.flip(bobs.user.createToken({ payload: { scope: "read", repository } }))
        assert.oneOf("status" in refused ? refused.status : 0, [400, 404], repository)
      }
    })
  )

  it.effect("shows users to callers with a token", () =>
    Effect.gen(function* () {
      const { hub, bob } = yield* Stage
      const bobs = yield* apiClient(hub.url, bob)
      const anonymous = yield* apiClient(hub.url)
      assert.strictEqual((yield* bobs.user.show({ params: { name: "ada" } })).name, ada)
      for (const name of ["zoe", "../ada", "Ada"]) {
        assert.deepInclude(yield* Effect.flip(bobs.user.show({ params: { name } })), { status: 404 })
      }
      assert.deepInclude(yield* Effect.flip(anonymous.user.show({ params: { name: "ada" } })), { status: 401 })
      assert.deepInclude(yield* Effect.flip(anonymous.user.whoAmI()), { status: 401 })
    })
  )
})
