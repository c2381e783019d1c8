/**
 * A hub behind nginx and Caddy as docs/deployment.md configures them, with TLS and a base path: the client's whole
 * flow, the recorded exchanges of `muse`, and what the client says when the proxy itself refuses.
 */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { clone } from "@musehub/client/operation/clone"
import { pull } from "@musehub/client/operation/pull"
import { push } from "@musehub/client/operation/push"
import { verify } from "@musehub/client/operation/verify"
import { type ProxyOptions } from "@musehub/http/proxy/Proxies"
import { pages } from "@musehub/web/pages"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { IpNetwork } from "effect/net"
import { join } from "node:path"
import { oneTry, temporaryFolder, urlOf, workingTree, writeLocal } from "../client/support.ts"
import { type Answer } from "../e2e/hub/Http.ts"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, copyOf, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { call, createRepository, ok, postJson, refs, type Target } from "../e2e/muse/MuseClient.ts"
import { exchangesOf } from "../e2e/muse/Recording.ts"
import { makeStage, replay } from "../e2e/muse/replay.ts"
import { groups } from "../e2e/muse/replayGroups.ts"
import { Browser } from "../e2e/signIn/Browser.ts"
import { recordsOf, type Sendable, textOf } from "../e2e/muse/Value.ts"
import { openStream, retry, streamOf } from "../web/live/EventStream.ts"
import {
  type Behind,
  caddy,
  describeBehind,
  freePort,
  nginx,
  type ReverseProxy,
  silent,
  startCaddy,
  startNginx,
  urlBehind
} from "./ReverseProxy.ts"

type Start = (behind: Behind) => Effect.Effect<void, never, Scope.Scope>

const proxies: ReadonlyArray<readonly [ReverseProxy, Start]> = [
  [nginx, startNginx],
  [caddy, startCaddy]
]

const trusting = (publicUrl: string | undefined): ProxyOptions => ({
  publicUrl,
  trustedProxies: [IpNetwork.fromStringUnsafe("127.0.0.1/32")]
})

const memoryHub = (proxies: ProxyOptions) =>
  Effect.gen(function* () {
    const storage = Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)
    return yield* startHub(yield* Layer.build(Layer.fresh(storage)), [], { proxies, pages })
  })

/** Starts a hub behind a proxy. Its URL is that of the proxy. */
const hubBehind = Effect.fnUntraced(function* (start: Start, changes: Behind["changes"] = []) {
  const port = yield* freePort
  const hub = yield* memoryHub(trusting(urlBehind(port)))
  yield* start({ hub: hub.url, port, changes })
  const behind: Hub = { ...hub, url: urlBehind(port) }
  return behind
})

const restOf = (target: Target): Target => ({ ...target, repository: `api/v1/repos/${target.repository}` })

const rest = (target: Target, path: string, value: Sendable) => ok(postJson(restOf(target), path, value))

const get = (target: Target, path: string) =>
  ok(call(restOf(target), "GET", path, undefined, { accept: "application/json" }))

const bodyOf = ({ body }: Answer): string => new TextDecoder().decode(body)

const release = (repository: string, commitId: string, snapshotId: string) => ({
  release_id: "0a0b0c0d-0000-4000-8000-000000000001",
  repo_id: repository,
  tag: "v1.0.0+build.1",
  semver: { major: 1, minor: 0, patch: 0, pre: "", build: "build.1" },
  channel: "stable",
  commit_id: commitId,
  snapshot_id: snapshotId,
  title: "One",
  body: "",
  changelog: [],
  agent_id: "",
  model_id: "",
  is_draft: false,
  gpg_signature: "",
  created_at: "2026-11-22T15:08:10.707051+00:00"
})

const soundness = (directory: string) =>
  Effect.map(verify({ directory }), ({ faults }) => assert.deepStrictEqual(faults, []))

/** More than proxies hold in memory, or accept by default. */
const large = "0123456789abcdef".repeat(200_000)

for (const [proxy, start] of proxies) {
  describeBehind(proxy, `a hub behind ${proxy.name} with TLS under a base path`, () => {
    it.live("passes what an open page is told, as it comes", () =>
      Effect.gen(function* () {
        const hub = yield* hubBehind(start)
        const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
        const local = growing()
        commitTo(local, "main", { "song.txt": "one\n" })
        yield* pushAll(target, local)
        const { origin, pathname } = new URL(hub.url)
        const path = yield* streamOf(new Browser(origin), `${pathname}/ada/songs`)
        assert.isTrue(path.startsWith(`${pathname}/ada/songs/-/events`))
        const stream = yield* openStream(origin + path)
        yield* stream.begun
        assert.match(stream.said(), retry)
        commitTo(local, "main", { "song.txt": "two\n" })
        yield* pushAll(target, local)
        yield* stream.ended
        assert.include(stream.said(), "event: moved")
      }).pipe(Effect.scoped)
    )

    it.live("passes the client's flow: clone, push, pull, proposal, release", () =>
      Effect.gen(function* () {
        const hub = yield* hubBehind(start)
        const secret = yield* tokenFor(hub, "ada")
        const token = Redacted.make(secret)
        const target = yield* createRepository(hub.url, secret, "ada/songs")
        const published = growing()
        commitTo(published, "main", { "song.txt": "one\ntwo\nthree\n", "album/cover.bin": large })
        yield* pushAll(target, published)
        assert.strictEqual(textOf(yield* get(target, ""), "cloneUrl"), urlOf(target))

        const folder = yield* temporaryFolder
        const directory = join(folder, "mine")
        yield* clone({ url: urlOf(target), directory })
        yield* soundness(directory)

        const base = published.heads.get("main") ?? ""
        const local = { ...growing(), heads: new Map([["verse/two", base]]) }
        const files = { "song.txt": "one\ntwo\nTHREE\n", "album/cover.bin": `${large}again` }
        commitTo(local, "verse/two", files)
        writeLocal(directory, local)
        yield* push({ directory, token, branch: "verse/two" })

        const colleague = copyOf(published)
        commitTo(colleague, "main", { "song.txt": "ONE\ntwo\nthree\n", "album/cover.bin": large })
        yield* pushAll(target, colleague)

        const proposal = { title: "A verse", body: "", fromBranch: "verse/two", toBranch: "main" }
        yield* rest(target, "proposals", proposal)
        const merged = textOf(yield* rest(target, "proposals/1/merge", { strategy: "merge_commit" }), "mergeCommitId")
        yield* pull({ directory, token })
        assert.deepStrictEqual(Object.fromEntries(workingTree(directory)), {
          "song.txt": "ONE\ntwo\nTHREE\n",
          "album/cover.bin": `${large}again`
        })
        yield* soundness(directory)

        for (const slash of ["/", "%2F"]) {
          assert.strictEqual(textOf(yield* get(target, `branches/verse${slash}two`), "name"), "verse/two")
          const path = `raw?ref=${merged}&path=album${slash}cover.bin`
          assert.strictEqual((yield* call(restOf(target), "GET", path)).body.byteLength, large.length + 5)
        }

        const snapshot = textOf(yield* get(target, `commits/${merged}`), "snapshotId")
        const { id } = yield* refs(target)
        yield* ok(postJson(target, "releases", release(id, merged, snapshot)))
        const [listed] = recordsOf(yield* ok(call(target, "GET", "releases")), "releases")
        assert.strictEqual(textOf(listed ?? null, "tag"), "v1.0.0+build.1")
        yield* ok(call(target, "DELETE", `releases/${encodeURIComponent("v1.0.0+build.1")}`))
      })
    )

    it.live("answers the recorded exchanges of muse as expected", () =>
      Effect.gen(function* () {
        const hub = yield* hubBehind(start)
        const taken = new Set<string>()
        for (const { scenarios, repositories, pushedBefore } of groups) {
          const names = Object.keys(repositories)
          // One hub has room for one repository of a name.
          if (names.some((name) => taken.has(name))) continue
          for (const name of names) taken.add(name)
          const stage = yield* makeStage(hub, repositories)
          yield* replay(stage, scenarios.flatMap(exchangesOf), pushedBefore)
        }
      })
    )
  })
}

describeBehind(nginx, "an nginx that decodes %2F and removes the base path", () => {
  it.live("serves branches with slashes and files in folders", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const hub = yield* memoryHub(trusting(undefined))
      yield* startNginx({
        hub: hub.url,
        port,
        changes: [
          [`proxy_pass ${hub.url};`, `proxy_pass ${hub.url}/;`],
          ['X-Forwarded-Prefix ""', "X-Forwarded-Prefix /hub"]
        ]
      })
      const secret = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(urlBehind(port), secret, "ada/songs", { initialize: true })
      assert.strictEqual(textOf(yield* get(target, ""), "cloneUrl"), urlOf(target))
      const path = "an album/cover #1; 100%?.bin"
      const changes = [{ op: "put", path, contentBase64: Buffer.from("cover").toString("base64") }]
      const made = yield* rest(target, "commits", { branch: "main", message: "a cover", changes })
      yield* rest(target, "branches", { name: "verse/two; or more", from: "main" })
      const branch = yield* get(target, `branches/${encodeURIComponent("verse/two; or more")}`)
      assert.strictEqual(textOf(branch, "name"), "verse/two; or more")
      const file = `raw?ref=${textOf(made, "commitId")}&path=${encodeURIComponent(path)}`
      assert.strictEqual(bodyOf(yield* call(restOf(target), "GET", file)), "cover")
    })
  )
})

describeBehind(nginx, "the client, where the proxy refuses by itself", () => {
  it.live("says that the proxy refuses bodies of this size, in a push", () =>
    Effect.gen(function* () {
      const hub = yield* hubBehind(startNginx, [["client_max_body_size 0", "client_max_body_size 100k"]])
      const secret = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(hub.url, secret, "ada/songs")
      const directory = join(yield* temporaryFolder, "mine")
      const local = growing()
      commitTo(local, "main", { "cover.bin": large })
      writeLocal(directory, local, urlOf(target))
      const refused = yield* Effect.flip(push({ directory, token: Redacted.make(secret), branch: "main" }))
      assert.strictEqual(
        refused.message,
        `${urlOf(target)}/push answered 413: a proxy before the hub refuses bodies of this size; ask its operator to ` +
          "raise the limit (client_max_body_size in nginx)"
      )
    })
  )

  it.live("says that the proxy cannot reach the hub, or waits for it in vain", () =>
    Effect.gen(function* () {
      const nowhere = `http://127.0.0.1:${yield* freePort}`
      for (const [hub, changes, sentence] of [
        [
          nowhere,
          [],
          "502: a proxy before the hub cannot reach it; try again later, and tell its operator if it stays so"
        ],
        [
          yield* silent,
          [["proxy_read_timeout 300s", "proxy_read_timeout 1s"]],
          "504: a proxy before the hub waited for it in vain; look at the hub's state before you send the same again"
        ]
      ] as const) {
        const port = yield* freePort
        yield* startNginx({ hub, port, changes })
        const url = `${urlBehind(port)}/ada/songs`
        const directory = join(yield* temporaryFolder, "mine")
        const failed = yield* Effect.flip(oneTry(clone({ url, directory })))
        assert.strictEqual(failed.message, `${url}/refs answered ${sentence}`)
      }
    })
  )
})
