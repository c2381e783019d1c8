/**
 * A hub takes over the sample of a legacy hub: what the rows give is in its store as if it had been pushed, what they
 * do not give is named, and clones, pushes and a second run work.
 */
import { assert, describe, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import { Roots } from "@musehub/domain/invariant/Roots"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Audit, type AuditEvent } from "@musehub/domain/port/Audit"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { Context, Effect, Layer, Logger } from "effect"
import { apiClient } from "../../e2e/hub/apiClient.ts"
import { type Hub, tokenFor } from "../../e2e/hub/Hub.ts"
import { goldenRepository } from "../../e2e/muse/goldenRepositories.ts"
import { clone, pushBranch } from "../../e2e/muse/LocalRepository.ts"
import { call } from "../../e2e/muse/MuseClient.ts"
import { acquirePostgres } from "../../services/services.ts"
import { assertIsGolden, goldenSlugs } from "../golden.ts"
import { legacyDatabase, recordsIn, run } from "../legacyDatabase.ts"
import { expected } from "../support.ts"
import { adopting, assertVerified, emptyHub, type Legacy, leftIn } from "./adopting.ts"

const serverUrl = await acquirePostgres()

class Sample extends Context.Service<Sample, { readonly url: string; readonly legacy: Context.Context<Legacy> }>()(
  "@musehub/test/legacy/adopt/Sample"
) {}

const sample = Layer.effect(
  Sample,
  Effect.gen(function* () {
    const url = yield* legacyDatabase(serverUrl)
    return { url, legacy: yield* Layer.build(Layer.orDie(recordsIn(url))) }
  })
)

const quiet = Effect.provide(Logger.layer([]))

const targetOf = (hub: Hub, slug: string) => ({ url: hub.url, repository: `ada/${slug}` })
const idOf = (slug: string) => {
  const repo = expected.repos.find((candidate) => candidate.slug === slug)
  if (repo === undefined) throw new Error(`the sample has no ${slug}`)
  return RepositoryId.make(repo.repo_id)
}

/** What of the sample cannot be brought. */
const leftBehind = [
  "ada/damaged: branch empty-head",
  "ada/damaged: branch main",
  "ada/damaged: branch null-head",
  "ada/damaged: commit 800e7c82685241b0b4fe91ad451068ae24e6e86f8a43e8b468d3a3d35653b37a",
  "ada/init-only: branch main",
  "ada/init-only: commit init-8113d78f",
  "ada/pr-merge: branch main",
  "ada/pr-merge: commit 30781ebc20304eee82cbbf232bec3cf3",
  "ada/pr-merge: pull request 1d7fe0e7-be40-40c8-bf8d-58430af77c0a",
  "ada/pr-merge: pull request 3ffbf17c-e71f-4666-ba8a-04b732346ef4",
  "ada/rest-push: branch main",
  "ada/rest-push: commit rest-commit-1",
  "ada/with-init: branch main",
  "ada/with-init: commit init-0e4a8e5a"
]

describe("adopting a legacy hub", () => {
  layer(sample, { excludeTestServices: true })((it) => {
    it.effect("brings all that its rows give, names the rest, and brings nothing twice", () =>
      Effect.gen(function* () {
        const { legacy } = yield* Sample
        const hub = yield* emptyHub
        const adopted = yield* adopting(hub, legacy)
        const quarantined = adopted.repositories.flatMap((each) => each.quarantined)
        assert.deepStrictEqual(leftIn(adopted), leftBehind)
        assert.strictEqual(adopted.users, 1)
        assert.strictEqual(adopted.repositories.length, 20)

        const bad = new Set(quarantined.map(({ repository }) => repository))
        for (const repo of expected.repos) {
          if (repo.slug === "deleted" || bad.has(`ada/${repo.slug}`)) continue
          if (repo.branches.length === 0 || repo.slug === "secret") continue
          const cloned = yield* clone(targetOf(hub, repo.slug))
          assert.strictEqual(cloned.commits.size, repo.reachable_commits, repo.slug)
          assert.deepStrictEqual(cloned.heads, new Map(repo.branches.map(([name, head]) => [name, String(head)])))
          if (goldenSlugs.includes(repo.slug)) assertIsGolden(cloned, repo.slug)
        }
        assert.strictEqual((yield* call(targetOf(hub, "secret"), "GET", "refs")).status, 404)
        assert.strictEqual((yield* call(targetOf(hub, "deleted"), "GET", "refs")).status, 404)

        const roots = yield* Effect.provideContext(Roots, hub.services)
        const before = yield* Effect.forEach(adopted.repositories, ({ name }) => roots.read(idOf(name.slice(4))))
        const again = yield* adopting(hub, legacy)
        assert.deepStrictEqual(
          again.repositories.map((each) => each.commits + each.branches),
          before.map(() => 0)
        )
        const after = yield* Effect.forEach(adopted.repositories, ({ name }) => roots.read(idOf(name.slice(4))))
        assert.deepStrictEqual(
          after.map(({ sha256 }) => sha256),
          before.map(({ sha256 }) => sha256)
        )
      }).pipe(quiet, Effect.scoped)
    )

    it.effect("leaves a hub that verify finds whole, before and after its index is lost", () =>
      Effect.gen(function* () {
        const { legacy } = yield* Sample
        const hub = yield* emptyHub
        yield* adopting(hub, legacy)
        yield* assertVerified(hub)
        const index = portsOf(wholeIndexOf(yield* Layer.build(Layer.fresh(MemoryIndex.layer))))
        const rebuilt = yield* Effect.provideContext(rebuildIndex(), Context.merge(hub.services, index))
        assert.strictEqual(rebuilt.repositories, 20)
        assert.deepStrictEqual(rebuilt.losses, 0)
      }).pipe(quiet, Effect.scoped)
    )

    it.effect("brings tags, releases and a private repository to its owner, and the audit log says so", () =>
      Effect.gen(function* () {
        const { legacy } = yield* Sample
        const hub = yield* emptyHub
        const events: Array<AuditEvent> = []
        const record = (event: AuditEvent) => Effect.sync(() => void events.push(event))
        const bringing = adopting(hub, legacy, ["ada/provenance", "ada/secret"])
        yield* Effect.provideService(bringing, Audit, { record })
        const adoptions = events.filter(({ action }) => action === "adopt")
        assert.deepStrictEqual(
          adoptions.map(({ about }) => about),
          ["ada/provenance", "ada/secret"]
        )
        const api = yield* apiClient(hub.url, yield* tokenFor(hub, "ada"))
        const params = { owner: "ada", slug: "provenance" }
        const tags = yield* api.tags.list({ params, query: {} })
        assert.strictEqual(tags.items.length, 2)
        const roots = yield* Effect.provideContext(Roots, hub.services)
        const { value: root } = yield* roots.read(idOf("provenance"))
        assert.strictEqual(root.releases.count, 3)
        assert.strictEqual(
          (yield* api.repositories.show({ params: { owner: "ada", slug: "secret" } })).visibility,
          "private"
        )
      }).pipe(quiet, Effect.scoped)
    )

    it.effect("takes pushes from then on, and leaves what was pushed as it is", () =>
      Effect.gen(function* () {
        const { legacy } = yield* Sample
        const hub = yield* emptyHub
        yield* adopting(hub, legacy, ["ada/linear"])
        const ada = { ...targetOf(hub, "linear"), token: yield* tokenFor(hub, "ada") }
        const golden = goldenRepository("linear")
        const pushed = { ...golden, heads: new Map([["pushed", String(golden.heads.get("main"))]]) }
        assert.strictEqual((yield* pushBranch(ada, pushed, "pushed")).answer.status, 200)
        const again = yield* adopting(hub, legacy, ["ada/linear"])
        assert.deepStrictEqual(
          again.repositories.map(({ isOwn }) => isOwn),
          [true]
        )
        assert.strictEqual((yield* clone(ada)).heads.size, 2)
      }).pipe(quiet, Effect.scoped)
    )

    it.effect(
      "gives commits of the legacy server an id and a tree where it may, and their old ids are understood",
      () =>
        Effect.gen(function* () {
          const { legacy } = yield* Sample
          const hub = yield* emptyHub
          const adopted = yield* adopting(hub, legacy, [], true)
          const still = leftBehind.filter((row) => row.includes("/damaged:") || row.includes("/rest-push:"))
          assert.deepStrictEqual(leftIn(adopted), still)

          const api = yield* apiClient(hub.url, yield* tokenFor(hub, "ada"))
          const commitOf = (slug: string, id: string) => api.commits.show({ params: { owner: "ada", slug, id } })
          const first = yield* commitOf("with-init", "init-0e4a8e5a")
          assert.deepStrictEqual(
            [first.message, first.parents, first.metadata["legacy_commit_id"]],
            ["Initial commit", [], "init-0e4a8e5a"]
          )
          const child = yield* commitOf("with-init", "69b1bf206cd6a71eeb9fc58dce60e65aeaed3ceccefac764c0aa58c9e3cc49e1")
          assert.deepStrictEqual(child.parents, [first.commitId])
          assert.strictEqual(child.snapshotId, "cffac3d02183fc3fd74b81505ab935809f3a5faf8ef1bef02648df930e1b57c2")
          const withInit = yield* clone(targetOf(hub, "with-init"))
          assert.deepStrictEqual(withInit.heads, new Map([["main", String(child.commitId)]]))

          const { parents: none } = yield* commitOf("init-only", "init-8113d78f")
          assert.deepStrictEqual(none, [])
          const named = yield* api.commits.list({
            params: { owner: "ada", slug: "with-init" },
            query: { ref: "init-0e4a8e5a" }
          })
          assert.deepStrictEqual(
            named.items.map(({ commitId }) => commitId),
            [first.commitId]
          )

          const merge = yield* commitOf("pr-merge", "30781ebc20304eee82cbbf232bec3cf3")
          const merged = yield* clone(targetOf(hub, "pr-merge"))
          assert.strictEqual(merged.heads.get("main"), merge.commitId)
          assert.lengthOf(merge.parents, 2)
          const filesOf = (ref: string) =>
            Effect.map(
              api.browse.tree({ params: { owner: "ada", slug: "pr-merge" }, query: { ref, recursive: true } }),
              ({ items }) => items.flatMap((item) => (item.type === "file" ? [item.path] : []))
            )
          const sides = yield* Effect.forEach(merge.parents, (parent) => filesOf(parent))
          assert.deepStrictEqual(
            yield* filesOf("30781ebc20304eee82cbbf232bec3cf3"),
            [...new Set(sides.flat())].toSorted()
          )
          const proposals = yield* api.proposals.list({ params: { owner: "ada", slug: "pr-merge" }, query: {} })
          assert.include(
            proposals.items.map(({ state }) => state),
            "merged"
          )

          yield* assertVerified(hub)
          for (const mayMint of [true, false]) {
            const again = yield* adopting(hub, legacy, [], mayMint)
            assert.deepStrictEqual(leftIn(again), still)
            assert.deepStrictEqual(
              new Set(again.repositories.map((each) => each.commits + each.branches)),
              new Set([0])
            )
          }
        }).pipe(quiet, Effect.scoped)
    )

    it.effect("brings what the legacy hub got since", () =>
      Effect.gen(function* () {
        const url = yield* legacyDatabase(serverUrl)
        const legacy = yield* Layer.build(recordsIn(url))
        const hub = yield* emptyHub
        const head = goldenRepository("linear").heads.get("main")
        const second = "b834a0920cef1180fc11da450978b17e7ee94a596b4f8bf383b541900c567933"
        yield* run(url, `UPDATE musehub_branches SET head_commit_id = $1 WHERE head_commit_id = $2`, [second, head])
        yield* adopting(hub, legacy, ["ada/linear"])
        assert.strictEqual((yield* clone(targetOf(hub, "linear"))).commits.size, 2)
        yield* run(url, `UPDATE musehub_branches SET head_commit_id = $1 WHERE head_commit_id = $2`, [head, second])
        const again = yield* adopting(hub, legacy, ["ada/linear"])
        assert.deepStrictEqual(
          again.repositories.map(({ branches, commits }) => [branches, commits]),
          [[1, 1]]
        )
        const cloned = yield* clone(targetOf(hub, "linear"))
        assertIsGolden(cloned, "linear")
        assert.strictEqual(cloned.commits.size, 3)
      }).pipe(quiet, Effect.scoped)
    )
  })
})
