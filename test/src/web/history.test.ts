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
import { describeChromium, type Eyes, openWindow, startChromium, type Window } from "./browser/Chromium.ts"
import { allEyes, look } from "./browser/look.ts"

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
  local.heads.set("verse", first)
  const delta = { summary: `adds ${markup}`, ops: [{ op: "insert", address: "x".repeat(30_000) }] }
  const provenance = {
    author: "grace",
    agent_id: `agent ${markup}`,
    model_id: "a model",
    toolchain_id: "a toolchain",
    signature: "5".repeat(64),
    signer_key_id: "a key",
    reviewed_by: ["alan"],
    metadata: { mood: `calm ${markup}` },
    structured_delta: delta,
    later: ["a field of a newer client"]
  }
  const verse = commitTo(
    local,
    "verse",
    { ...files, "verse.txt": "a verse" },
    { message: `A verse ${markup}\nwith words`, fields: provenance }
  )
  const merged = { ...files, "song.txt": song.replace("two", "zwei"), "verse.txt": "a verse" }
  const merge = commitTo(local, "main", merged, { ...said("ada", "Both"), parents: [second, verse] })
  return { local, first, second, verse, merge }
}

const longCount = 130

/** A history longer than two pages, beside which a branch goes on from its beginning. */
const long = () => {
  const local = growing()
  const at = (nth: number) => ({ files: { "a.txt": String(nth) }, said: { message: `Step ${nth}` } })
  local.heads.set("beside", commitTo(local, "main", at(0).files, at(0).said))
  for (let nth = 1; nth < longCount; nth++) commitTo(local, "main", at(nth).files, at(nth).said)
  const beside = commitTo(local, "beside", { "b.txt": "b" }, { message: "Beside" })
  const parents = [local.heads.get("main") ?? "", beside]
  commitTo(local, "main", { "a.txt": "a", "b.txt": "b" }, { message: "The last", parents })
  return local
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
    const ada = yield* tokenFor(hub, "ada")
    const target = yield* createRepository(hub.url, ada, "ada/songs")
    const { local, ...commits } = written()
    yield* pushAll(target, local)
    const repositories = [RepositoryId.make((yield* refs(target)).id)]
    for (const deriver of ["touches", "lines"] as const) {
      yield* Effect.provideContext(derivePending({ deriver, repositories }), hub.services)
    }
    yield* pushAll(yield* createRepository(hub.url, ada, "ada/long"), long())
    return Stage.of({ hub, ...commits, url: `${hub.url}/ada/songs`, browser: yield* startChromium })
  })
)

const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }
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
    it.effect("a graph shows branches and merges, and says in words what it draws", () =>
      Effect.gen(function* () {
        const { browser, first, hub, second, url, verse } = yield* Stage
        for (const each of allEyes)
          yield* look(yield* openWindow(browser, hub.url, each), addressOf(url, "history"), each)
        const window = yield* openWindow(browser, hub.url, eyes)
        const { page } = window
        const whole = yield* visit(window, addressOf(url, "history"))
        for (const text of ["Both", "German", `A verse ${markup}`, "The first", "first commit"])
          assert.include(whole, text)
        assert.include(whole, `merges ${second.slice(0, 10)} and ${verse.slice(0, 10)}`)
        const rows = yield* Effect.promise(() => page.locator(".graph li").allTextContents())
        assert.lengthOf(rows, 4)
        assert.include(rows[1], `parent ${first.slice(0, 10)}`)
        const picture = page.locator(".graph svg")
        assert.strictEqual(yield* Effect.promise(() => picture.locator("circle").count()), 4)
        const heights = yield* Effect.promise(async () => [
          (await picture.boundingBox())?.height,
          (await page.locator(".graph ol").boundingBox())?.height
        ])
        assert.strictEqual(heights[0], heights[1])
        assert.include(yield* follow(window, "verse"), "A verse")
        assert.strictEqual(yield* Effect.promise(() => page.locator(".graph li").count()), 2)
        yield* follow(window, "Graph of all branches")
        assert.strictEqual(yield* Effect.promise(() => page.locator(".graph li").count()), 4)
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("a long history goes on by itself where scripts run, and by a link where none do", () =>
      Effect.gen(function* () {
        const { browser, hub } = yield* Stage
        const longHistory = addressOf(`${hub.url}/ada/long`, "history")
        const plain = yield* openWindow(browser, hub.url, { ...eyes, javaScriptEnabled: false })
        yield* visit(plain, longHistory)
        const size = (yield* Effect.promise(() => plain.page.content())).length
        assert.isBelow(size, 150 * 1024)
        assert.include(yield* follow(plain, "Next page"), "Step 60")
        const path = yield* Effect.promise(() => plain.page.locator(".graph path.stroke-2").getAttribute("d"))
        assert.strictEqual(path, "M18 0V2200", "the branch beside goes on in its lane")
        assert.include(yield* follow(plain, "Next page"), "Step 0")
        assert.strictEqual(yield* Effect.promise(() => plain.page.getByRole("link", { name: "Next page" }).count()), 0)

        const window = yield* openWindow(browser, hub.url, eyes)
        const { page } = window
        yield* visit(window, longHistory)
        const rows = page.locator(".graph li")
        yield* Effect.promise(async () => {
          while ((await rows.count()) < longCount + 2) {
            const last = await rows.count()
            await rows.last().scrollIntoViewIfNeeded()
            await rows.nth(last).waitFor()
          }
        })
        assert.strictEqual(yield* Effect.promise(() => page.locator(".pager").count()), 0)
        assert.include(yield* Effect.promise(() => rows.last().innerText()), "Step 0")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("filters by author, words and file list commits without a graph, and keep what was typed", () =>
      Effect.gen(function* () {
        const { browser, hub, url } = yield* Stage
        const window = yield* openWindow(browser, hub.url, eyes)
        const { page } = window
        const found = (parameters: Readonly<Record<string, string>>) =>
          Effect.andThen(
            visit(window, addressOf(url, "history", parameters)),
            Effect.promise(() => page.locator(".list .title").allInnerTexts())
          )
        assert.deepStrictEqual(yield* found({ author: "GRACE" }), [`A verse ${markup}`, "The first"])
        assert.deepStrictEqual(yield* found({ author: "grace", q: "first" }), ["The first"])
        assert.deepStrictEqual(yield* found({ path: "song.txt" }), ["German", "The first"])
        assert.deepStrictEqual(yield* found({ path: "song.txt", author: "grace" }), ["The first"])
        assert.deepStrictEqual(yield* found({ q: "nowhere" }), [])
        assert.include(yield* Effect.promise(() => page.innerText("main")), "No commit matches")
        const typed = { q: markup, author: "\u202ea", path: "no/such" }
        const refused = yield* look(window, addressOf(url, "history", typed), eyes)
        assert.include(refused, 'has no "no/such"')
        for (const [label, text] of [
          ["Words", typed.q],
          ["Author", typed.author],
          ["File", typed.path]
        ] as const) {
          assert.strictEqual(yield* Effect.promise(() => page.getByLabel(label, { exact: true }).inputValue()), text)
        }
        yield* follow(window, "All commits")
        assert.strictEqual(yield* Effect.promise(() => page.locator(".graph li").count()), 4)
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("a commit says how it was made, what it is made of, what it changed and where all of it is stored", () =>
      Effect.gen(function* () {
        const { browser, first, hub, merge, url, verse } = yield* Stage
        const at = addressOf(url, `commit/${verse}`)
        for (const each of [phone, eyes]) yield* look(yield* openWindow(browser, hub.url, each), at, each)
        const window = yield* openWindow(browser, hub.url, eyes)
        const { page } = window
        yield* visit(window, at)
        const facts = yield* Effect.promise(() => page.locator(".panel dl").first().innerText())
        for (const text of [verse, `agent ${markup}`, "a model", "a toolchain", "5".repeat(64), "a key", "alan"]) {
          assert.include(facts, text)
        }
        for (const text of ["mood", `calm ${markup}`, "a field of a newer client"]) assert.include(facts, text)
        const hrefs = page.locator(".panel dl a")
        const related = yield* Effect.promise(() => hrefs.evaluateAll((links) => links.map((link) => String(link))))
        assert.deepStrictEqual(related, [`${url}/-/commit/${first}`, `${url}/-/commit/${merge}`])

        yield* Effect.promise(() => page.getByText("What the client says that it did").click())
        const delta = yield* Effect.promise(() => page.locator("details[open]").first().innerText())
        assert.include(delta, `adds ${markup}`)
        assert.include(delta, "This is its beginning.")
        assert.isBelow(delta.length, 21_000)
        yield* Effect.promise(() => page.getByText("Where it is stored").click())
        const places = yield* Effect.promise(() => page.locator("details .list > li").allInnerTexts())
        assert.lengthOf(places, 3)
        for (const [nth, kind] of ["commit", "snapshot", "blob of verse.txt"].entries()) {
          assert.match(
            places[nth] ?? "",
            new RegExp(`^${kind} [^]*/packs/[0-9a-f]{64}[^]*Offset[^]*SHA-256\\s+[0-9a-f]{64}`)
          )
        }

        assert.include(yield* follow(window, "Side by side"), "a verse")
        assert.include(page.url(), "view=split")
        assert.strictEqual(yield* Effect.promise(() => page.locator("table.split").count()), 1)
        assert.include(yield* visit(window, addressOf(url, `commit/${first}`)), "Show the lines of")
        assert.include(yield* follow(window, "Show the lines of tall.txt"), "All files")
        assert.isBelow((yield* Effect.promise(() => page.content())).length, 150 * 1024)
        yield* follow(window, "Show the lines that follow in tall.txt")
        assert.match(page.url(), /path=tall.txt&line=\d+/)
        const whole = yield* visit(window, addressOf(url, `commit/${merge}`))
        assert.include(whole, "verse.txt")
        assert.notInclude(whole, "zwei")
        yield* follow(window, `Parent 2 ${verse.slice(0, 10)}`)
        assert.include(yield* follow(window, "Side by side"), "zwei")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("a blame says who wrote which line, in windows, and of other files why they have none", () =>
      Effect.gen(function* () {
        const { browser, first, hub, second, url } = yield* Stage
        const of = (path: string, more: Readonly<Record<string, string>> = {}) =>
          addressOf(url, "blame", { path, ...more })
        for (const each of [phone, eyes]) yield* look(yield* openWindow(browser, hub.url, each), of("song.txt"), each)
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
