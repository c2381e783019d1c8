/**
 * Walks every page, signed in and signed out, on a phone and a desk, light and dark, with scripts and without. What a
 * page does is in tests of its own; this one misses none that is added.
 */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { elementAt } from "@musehub/domain/base/expected"
import { UserName } from "@musehub/domain/repository/Names"
import { Operators } from "@musehub/domain/usecase/access/Operators"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { deleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { ada } from "../domain/support/hubSamples.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { describeChromium, openWindow, startChromium } from "./browser/Chromium.ts"
import { allEyes, look, signInAs } from "./browser/look.ts"

const routes = readFileSync(new URL(import.meta.resolve("@musehub/web/pages")), "utf8")
  .matchAll(/HttpRouter\.add\("GET", "([^"]*)"/g)
  .map(([, path = ""]) => path)
  .toArray()

/** An address of each page, by its route. `songs` is public, and `gone` was deleted. */
const addresses = (commit: string): Readonly<Record<string, string>> => {
  const repository = "/:owner/:slug"
  const inSongs = Object.entries({
    "": "",
    "/-/tree": "?path=src",
    "/-/blob": "?path=src/song.py",
    "/-/blame": "?path=src/song.py",
    "/-/history": "",
    "/-/commit/:id": "",
    "/-/proposals": "",
    "/-/proposals/new": "?base=main&head=verse",
    "/-/proposals/:number": "",
    "/-/branches": "",
    "/-/reflog": "",
    "/-/compare": "?base=main&head=verse",
    "/-/tags": "",
    "/-/releases": "",
    "/-/release": "?tag=v1.0.0",
    "/-/storage": "",
    "/-/insights": "",
    "/-/settings": "",
    "/-/settings/collaborators": "",
    "/-/settings/branches": "",
    "/-/settings/danger": "",
    "/-/transfer": ""
  }).map(([page, asked]) => {
    const path = page.replace(":id", commit).replace(":number", "1")
    return [repository + page, `/ada/songs${path}${asked}`] as const
  })
  return {
    ...Object.fromEntries(inSongs),
    "/": "/",
    "/:owner/:slug/-/deleted": "/ada/gone/-/deleted",
    "/-/account": "/-/account",
    "/-/account/deleted": "/-/account/deleted",
    "/-/health": "/-/health",
    "/-/people/:handle": "/-/people/ada",
    "/-/people/:handle/members": "/-/people/ada/members"
  }
}

/** Pages that say nothing to those who are signed out but that, with such a status. */
const needsSignIn: { readonly [route: string]: number } = {
  "/:owner/:slug/-/deleted": 404,
  "/:owner/:slug/-/settings": 401,
  "/:owner/:slug/-/settings/collaborators": 401,
  "/:owner/:slug/-/settings/branches": 401,
  "/:owner/:slug/-/settings/danger": 401,
  "/-/account": 401,
  "/-/account/deleted": 401,
  "/-/health": 401
}

const stage = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* startHub(Context.add(storage, Operators, new Set([UserName.make("ada")])), [], { pages })
  const token = yield* tokenFor(hub, "ada")
  const rest = (method: string, path: string, body?: unknown) =>
    Effect.promise(async () => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const answer = await fetch(`${hub.url}/api/v1/repos/ada/${path}`, { method, headers, ...sent })
      assert.isBelow(answer.status, 300, `${path}: ${await answer.text()}`)
    })
  const local = growing()
  const files = { "README.md": "# Songs\n", "src/song.py": "def play():\n    return 1\n" }
  const commit = commitTo(local, "main", files)
  local.heads.set("verse", commit)
  commitTo(local, "verse", { ...files, "src/song.py": "def play():\n    return 2\n" })
  yield* pushAll(yield* createRepository(hub.url, token, "ada/songs"), local)
  yield* rest("POST", "songs/tags", { tag: "first", commitId: commit })
  yield* rest("POST", "songs/releases", { tag: "v1.0.0", commitId: commit })
  yield* rest("POST", "songs/proposals", { title: "A verse", body: "", fromBranch: "verse", toBranch: "main" })
  const identity = growing()
  commitTo(identity, "main", {
    "profile.json": JSON.stringify({ type: "organization", displayName: "A band" }),
    "members.json": JSON.stringify({
      members: [{ user: "ada", role: "admin", teams: ["band"] }],
      teams: [{ name: "band" }]
    })
  })
  yield* pushAll(yield* createRepository(hub.url, token, "ada/identity"), identity)
  yield* createRepository(hub.url, token, "ada/gone")
  yield* openRepository("ada", "gone", ada, "oversee").pipe(
    Effect.flatMap(deleteRepository),
    Effect.provideContext(hub.services)
  )
  return { hub, places: Object.entries(addresses(commit)), browser: yield* startChromium }
})

describeChromium("every page of a hub", () => {
  it.live(
    "shows itself well to everybody who may see it",
    () =>
      Effect.gen(function* () {
        const { browser, hub, places } = yield* stage
        assert.deepStrictEqual(places.map(([route]) => route).toSorted(), routes.toSorted())
        const windows = yield* Effect.forEach(allEyes, (each) =>
          Effect.map(openWindow(browser, hub.url, each), (window) => ({ window, each }))
        )
        for (const { each, window } of windows.filter(({ each }) => !each.javaScriptEnabled)) {
          for (const [route, address] of places) {
            const answer = yield* Effect.promise(() => window.page.goto(hub.url + address))
            const { [route]: refused = 200 } = needsSignIn
            assert.strictEqual(answer?.status(), refused, address)
            if (refused !== 200) window.wrongs.length = 0
            yield* look(window, refused === 200 ? hub.url + address : `${hub.url}/login`, each)
          }
        }
        const first = elementAt(windows, 0)
        yield* signInAs(first.window, hub, "ada", "/", { ...first.each, javaScriptEnabled: false })
        const cookies = yield* Effect.promise(() => first.window.context.cookies())
        for (const { each, window } of windows) {
          yield* Effect.promise(() => window.context.addCookies(cookies))
          for (const [, address] of places) {
            assert.include(yield* look(window, hub.url + address, each), "Signed in as ada", address)
          }
        }
      }).pipe(Effect.scoped),
    180_000
  )
})
