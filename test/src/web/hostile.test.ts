/**
 * What hostile clients push and what happens to a reader meanwhile, in a real browser: each page says what is so, is
 * bounded and escaped, and runs nothing. A breach of the pages' policy would be an error of the console.
 */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { blobId, commitOf, commitTo, growing, snapshotOf } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository, type Target } from "../e2e/muse/MuseClient.ts"
import { textOf } from "../e2e/muse/Value.ts"
import { forgive } from "./browser/acting.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { look, signInAs } from "./browser/look.ts"

const phone: Eyes = { width: 390, colorScheme: "light", javaScriptEnabled: true }
const sizeMax = 150 * 1024

const script = "<script>alert(1)</script>"
const longPath = Array.from({ length: 16 }, (_, depth) => `${depth}`.padEnd(255, "long ")).join("/")
const files = {
  [longPath]: "far down\n",
  "line.txt": "x".repeat(10_000_000),
  "README.md": `${script}\n<svg onload="alert(1)">\n[a](javascript:alert(1)) ![b](https://elsewhere.example/b.png)\n`,
  "drawing.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${script}</svg>`,
  "page.html": script,
  "none.png": script,
  [`a<img src=x onerror=alert(1)>.txt`]: "named so\n",
  "\u202etxt.exe": "reversed\n"
}
const entries = 100_000

const bodyOf = (value: unknown) => (value === undefined ? {} : { body: JSON.stringify(value) })

const stage = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* startHub(storage, [], { pages })
  const token = yield* tokenFor(hub, "ada")
  const target = yield* createRepository(hub.url, token, "ada/hostile")
  const local = growing()
  const first = commitTo(local, "main", files)
  const last = commitTo(local, "main", { ...files, "README.md": script.repeat(2) })
  local.heads.set("side", last)
  commitTo(local, "side", { ...files, "README.md": script.repeat(3) })
  yield* pushAll(target, local)
  return { hub, token, target, first, last, browser: yield* startChromium }
})

/** Pushes a branch whose only folder has many entries. */
const pushWide = Effect.fnUntraced(function* (target: Target) {
  const local = growing()
  const content = Buffer.from("same\n")
  const id = blobId(content)
  const snapshot = snapshotOf(Array.from({ length: entries }, (_, entry) => [`wide/entry ${entry}`, id]))
  const commit = commitOf("wide", textOf(snapshot, "snapshot_id"))
  local.blobs.set(id, content)
  local.snapshots.set(textOf(snapshot, "snapshot_id"), snapshot)
  local.commits.set(textOf(commit, "commit_id"), commit)
  local.heads.set("wide", textOf(commit, "commit_id"))
  yield* pushAll(target, local)
})

describeChromium("pages of what hostile clients push", () => {
  it.live(
    "say what is so, are bounded, and run nothing",
    () =>
      Effect.gen(function* () {
        const { browser, first, hub, last, target } = yield* stage
        yield* pushWide(target)
        const window = yield* openWindow(browser, hub.url, phone)
        const of = (page: string, parameters: Readonly<Record<string, string>> = {}) =>
          `${hub.url}/ada/hostile/-/${page}?${new URLSearchParams(parameters).toString()}`
        const awkward = Object.keys(files).filter((path) => !/^[\w.]+$/.test(path))
        const ofFiles = [
          ...Object.keys(files).map((path) => of("blob", { path })),
          ...awkward.flatMap((path) => [of("history", { path }), of("blame", { path })])
        ]
        const places = [
          `${hub.url}/ada/hostile`,
          of("tree", { ref: "wide" }),
          of("tree", { ref: "wide", path: "wide" }),
          of("tree", { path: longPath.slice(0, longPath.lastIndexOf("/")) }),
          of("history"),
          of(`commit/${first}`),
          of(`commit/${last}`),
          of("compare", { base: first, head: last }),
          of("compare", { base: "main", head: "wide" }),
          ...ofFiles
        ]
        for (const place of places) {
          const text = yield* look(window, place, phone)
          assert.isAbove(text.length, 100, place)
          const size = yield* Effect.promise(async () => Buffer.byteLength(await window.page.content()))
          assert.isBelow(size, sizeMax, place)
        }
      }).pipe(Effect.scoped),
    120_000
  )

  it.live("tell a reader that a repository is not there any more, and whose session ended to sign in again", () =>
    Effect.gen(function* () {
      const { browser, hub, token } = yield* stage
      const rest = (method: string, path: string, body?: unknown) =>
        Effect.promise(async () => {
          const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
          const answer = await fetch(`${hub.url}/api/v1/${path}`, { method, headers, ...bodyOf(body) })
          assert.isBelow(answer.status, 300, path)
          return answer.status === 204 ? undefined : ((await answer.json()) as unknown)
        })
      const reader = yield* openWindow(browser, hub.url, phone)
      yield* look(reader, `${hub.url}/ada/hostile`, phone)
      const owner = yield* openWindow(browser, hub.url, phone)
      const { page } = owner
      yield* signInAs(owner, hub, "ada", "/ada/hostile/-/proposals/new?base=main&head=side", phone)
      yield* Effect.promise(() => page.getByLabel("Title").fill("Typed with care"))

      yield* rest("PATCH", "repos/ada/hostile", { visibility: "private" })
      yield* Effect.promise(() => reader.page.getByRole("link", { name: "History" }).click())
      const gone = yield* Effect.promise(() => reader.page.innerText("body"))
      assert.include(gone, "There is nothing here that you can see")
      assert.include(gone, "Back to the repositories")
      assert.notInclude(gone, "README.md")
      forgive(reader, 404)

      const other = yield* Effect.promise(() => owner.context.newPage())
      yield* Effect.promise(async () => {
        await other.goto(hub.url)
        await Promise.all([other.waitForEvent("load"), other.getByRole("button", { name: "Sign out" }).click()])
        await page.getByRole("button", { name: "Open" }).click()
      })
      const ended = yield* Effect.promise(() => page.innerText("body"))
      assert.include(ended, "You are not signed in")
      assert.include(ended, "nothing that you typed is lost")
      const title = yield* Effect.promise(() => page.getByLabel("Title").inputValue())
      assert.strictEqual(title, "Typed with care")
      forgive(owner, 401)
      assert.deepStrictEqual([reader.wrongs, owner.wrongs], [[], []])
    }).pipe(Effect.scoped)
  )
})
