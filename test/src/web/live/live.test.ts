/** Open pages in a real browser, which are told that their repository moved: by this hub, and by another one. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import type { Browser } from "playwright-core"
import { type Hub, startHub, tokenFor } from "../../e2e/hub/Hub.ts"
import { commitTo, growing } from "../../e2e/muse/history.ts"
import { pushAll, pushBranch } from "../../e2e/muse/LocalRepository.ts"
import { createRepository } from "../../e2e/muse/MuseClient.ts"
import { describeChromium, type Eyes, openWindow, startChromium, type Window } from "../browser/Chromium.ts"
import { judge, look } from "../browser/look.ts"

class Stage extends Context.Service<
  Stage,
  { readonly hub: Hub; readonly other: Hub; readonly browser: Browser; readonly ada: string }
>()("@musehub/test/web/live/Stage") {}

/** Two hubs on one store, each with an index of its own. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const store = yield* Layer.build(Layer.fresh(MemoryObjectStore.layer()))
    const hubOnStore = Effect.flatMap(Layer.build(Layer.fresh(MemoryIndex.layer)), (index) =>
      startHub(Context.merge(Context.pick(ObjectStore)(store), index), [], { pages })
    )
    const hub = yield* hubOnStore
    const other = yield* hubOnStore
    return Stage.of({ hub, other, ada: yield* tokenFor(hub, "ada"), browser: yield* startChromium })
  })
)

const pushed = Effect.fnUntraced(function* (name: string) {
  const { ada, browser, hub, other } = yield* Stage
  const target = yield* createRepository(hub.url, ada, `ada/${name}`)
  const local = growing()
  commitTo(local, "main", { "song.txt": "one\n" }, { message: "The first verse" })
  yield* pushAll(target, local)
  const push = Effect.fnUntraced(function* (by: Hub, message: string) {
    commitTo(local, "main", { "song.txt": `${message}\n` }, { message })
    assert.strictEqual((yield* pushBranch({ ...target, url: by.url }, local, "main")).answer.status, 200)
  })
  return { hub, other, browser, push, url: `${hub.url}/ada/${name}` }
})

const desk: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }

const streamBegins = ({ page }: Window) => page.waitForResponse((answer) => answer.url().includes("/-/events"))

/** Waits until the page listens, so that a move after this comes while it is open. */
const listens = (window: Window, url: string, eyes: Eyes) =>
  Effect.gen(function* () {
    const stream = streamBegins(window)
    yield* look(window, url, eyes)
    assert.strictEqual((yield* Effect.promise(() => stream)).status(), 200)
  })

const noticeOf = ({ page }: Window) =>
  Effect.promise(async () => {
    const notice = page.getByRole("status")
    await notice.getByRole("button", { name: "Reload" }).waitFor()
    return await notice.innerText()
  })

describeChromium("an open page", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("shows a push by the wire, to this hub and to another one, and is reloaded by its reader alone", () =>
      Effect.gen(function* () {
        const { browser, hub, other, push, url } = yield* pushed("songs")
        const window = yield* openWindow(browser, hub.url, desk)
        const { page } = window
        yield* listens(window, `${url}/-/history`, desk)
        let loads = 0
        page.on("load", () => (loads += 1))
        for (const [by, message] of [
          [hub, "A second verse"],
          [other, "A third verse"]
        ] as const) {
          yield* push(by, message)
          assert.include(yield* noticeOf(window), "The branches of this repository have changed")
          assert.strictEqual(loads, 0, "nothing is reloaded by force")
          assert.notInclude(yield* Effect.promise(() => page.innerText("main")), message)
          yield* Effect.promise(async () => {
            const listening = streamBegins(window)
            await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()])
            await listening
          })
          assert.include(yield* Effect.promise(() => page.innerText("main")), message)
          loads = 0
        }
        assert.strictEqual(yield* Effect.promise(() => page.getByRole("status").innerText()), "")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("says so on a phone in the dark, over nothing that is wider than the window, and to screen readers", () =>
      Effect.gen(function* () {
        const { browser, hub, push, url } = yield* pushed("verses")
        const window = yield* openWindow(browser, hub.url, phone)
        yield* listens(window, url, phone)
        yield* push(hub, "A second verse")
        yield* noticeOf(window)
        yield* judge(window, phone)
      }).pipe(Effect.scoped)
    )

    it.effect("listens while it is seen and not while it is hidden, and asks then what it missed", () =>
      Effect.gen(function* () {
        const { browser, hub, push, url } = yield* pushed("choruses")
        const window = yield* openWindow(browser, hub.url, desk)
        const { page } = window
        yield* listens(window, url, desk)
        const hide = (hidden: boolean) =>
          Effect.promise(() =>
            page.evaluate((value) => {
              Object.defineProperty(document, "hidden", { configurable: true, value })
              document.dispatchEvent(new Event("visibilitychange"))
            }, hidden)
          )
        yield* hide(true)
        yield* push(hub, "Meanwhile")
        yield* Effect.sleep(1500)
        assert.strictEqual(yield* Effect.promise(() => page.getByRole("status").innerText()), "")
        yield* hide(false)
        assert.include(yield* noticeOf(window), "The branches of this repository have changed")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )
  })
)
