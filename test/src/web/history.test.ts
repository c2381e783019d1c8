/** Histories, commits and blames in a real browser. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { RepositoryId } from "@musehub/domain/object/Id"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import type { Browser } from "playwright-core"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository, refs } from "../e2e/muse/MuseClient.ts"
import { describeChromium, type Eyes, openWindow, startChromium, type Window } from "./Chromium.ts"
import { allEyes, look } from "./look.ts"

const markup = `<img src=x onerror=alert(1)>`

const song = ["one", "two", "three"].map((line) => `${line}\n`).join("")
const tall = (first: string): string => `${first}\n${"line\n".repeat(700)}`

/** A song of two writers, one of whom works on a branch, and files that are no text or too large for one page. */
const written = () => {
  const local = growing()
  const files = { "song.txt": song, "tall.txt": tall("a"), "data.bin": "\0\u0001", empty: "" }
  const said = (author: string, message: string) => ({ message, fields: { author } })
  const first = commitTo(local, "main", files, said("grace", "The first"))
  const second = commitTo(local, "main", { ...files, "song.txt": song.replace("two", "zwei") }, said(markup, "German"))
  return { local, first, second }
}

class Stage extends Context.Service<
  Stage,
  { readonly hub: Hub; readonly browser: Browser; readonly url: string } & Omit<ReturnType<typeof written>, "local">
>()("@musehub/test/web/history/Stage") {}

/** One hub, one repository and one browser for all tests. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = yield* startHub(storage, [], { pages })
    const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
    const { local, ...commits } = written()
    yield* pushAll(target, local)
    const repositories = [RepositoryId.make((yield* refs(target)).id)]
    for (const deriver of ["touches", "lines"] as const) {
      yield* Effect.provideContext(derivePending({ deriver, repositories }), hub.services)
    }
    return Stage.of({ hub, ...commits, url: `${hub.url}/ada/songs`, browser: yield* startChromium })
  })
)

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }

const addressOf = (url: string, page: string, parameters: Readonly<Record<string, string>> = {}): string =>
  `${url}/-/${page}?${new URLSearchParams(parameters).toString()}`

/** Goes to a page without looking for what should not be, which takes longer. */
const visit = ({ page }: Window, url: string) =>
  Effect.promise(async () => {
    await page.goto(url)
    return await page.innerText("main")
  })

/** Follows a link, and waits for the page that it leads to. Returns the text of that page. */
const follow = ({ page }: Window, name: string) =>
  Effect.promise(async () => {
    await Promise.all([page.waitForEvent("load"), page.getByRole("link", { name, exact: true }).first().click()])
    return await page.innerText("main")
  })

describeChromium("histories in a browser", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("a blame says who wrote which line, in windows, and of other files why they have none", () =>
      Effect.gen(function* () {
        const { browser, first, hub, second, url } = yield* Stage
        const of = (path: string, more: Readonly<Record<string, string>> = {}) =>
          addressOf(url, "blame", { path, ...more })
        for (const each of allEyes) yield* look(yield* openWindow(browser, hub.url, each), of("song.txt"), each)
        const window = yield* openWindow(browser, hub.url, eyes)
        const { page } = window
        yield* visit(window, addressOf(url, "blob", { path: "song.txt" }))
        yield* follow(window, "Blame")
        const parts = yield* Effect.promise(() => page.locator(".blame section").allInnerTexts())
        assert.lengthOf(parts, 3)
        for (const [part, texts] of [
          ["grace", "one"],
          [markup, "zwei"],
          ["grace", "three"]
        ].entries()) {
          for (const text of texts) assert.include(parts[part], text)
        }
        const before = yield* visit(window, of("song.txt", { ref: first }))
        assert.notInclude(before, "zwei")
        yield* visit(window, of("song.txt"))
        assert.include(yield* follow(window, second.slice(0, 10)), "German")

        assert.include(yield* visit(window, of("tall.txt")), "Lines 1 to 500")
        assert.include(yield* follow(window, "Next page"), "Lines 501 to 701")
        assert.strictEqual(yield* Effect.promise(() => page.locator("#L701").count()), 1)
        assert.include(yield* visit(window, of("tall.txt", { line: "702" })), "This file has no line 702")
        assert.include(yield* follow(window, "From the first line"), "Lines 1 to 500")
        assert.include(yield* visit(window, of("data.bin")), "This file is binary")
        assert.include(yield* visit(window, of("empty")), "This file is empty")
        assert.include(yield* follow(window, "File"), "This file is empty")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )
  })
)
