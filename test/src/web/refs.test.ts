/** Branches, their reflogs and comparisons in a real browser, beside a client that pushes. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import type { Browser } from "playwright-core"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { clone, pushAll, pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { fill, forgive, press, visit } from "./browser/acting.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { allEyes, look, signInAs } from "./browser/look.ts"

const markup = `<img src=x onerror=alert(1)>`

class Stage extends Context.Service<Stage, { readonly hub: Hub; readonly browser: Browser; readonly ada: string }>()(
  "@musehub/test/web/refs/Stage"
) {}

/** One hub and one browser for all tests; each has a repository of its own. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = yield* startHub(storage, [], { pages })
    return Stage.of({ hub, ada: yield* tokenFor(hub, "ada"), browser: yield* startChromium })
  })
)

/** Pushes a history whose branch `verse` has a commit that `main` lacks. */
const pushed = Effect.fnUntraced(function* (name: string) {
  const { ada, browser, hub } = yield* Stage
  const target = yield* createRepository(hub.url, ada, `ada/${name}`)
  const local = growing()
  const first = commitTo(local, "main", { "song.txt": "one\n" }, { message: "First" })
  local.heads.set("verse", first)
  const verse = commitTo(local, "verse", { "song.txt": "one\ntwo\n" }, { message: `Second ${markup}` })
  yield* pushAll(target, local)
  return { hub, browser, target, local, first, verse, path: `/ada/${name}`, url: `${hub.url}/ada/${name}` }
})

/** Returns the commits that a repository has tags of, by the REST API. */
const tagged = (hub: Hub, name: string) =>
  Effect.promise(async () => {
    const answer = await fetch(`${hub.url}/api/v1/repos/ada/${name}/tags`)
    const { items } = (await answer.json()) as { readonly items: ReadonlyArray<{ tag: string; commitId: string }> }
    return items.map(({ commitId, tag }) => [tag, commitId])
  })

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }
const signingIn: Eyes = { ...eyes, javaScriptEnabled: false }

describeChromium("refs in a browser", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("are listed, created, deleted and restored, and a forced branch goes back to where it was", () =>
      Effect.gen(function* () {
        const { browser, first, hub, local, path, target, url, verse } = yield* pushed("songs")
        const window = yield* openWindow(browser, hub.url, eyes)
        yield* signInAs(window, hub, "ada", path, signingIn)
        yield* Effect.promise(() => window.page.getByRole("link", { name: "2 branches" }).click())
        const listed = yield* look(window, `${url}/-/branches`, eyes)
        for (const text of ["main", "default", "verse", `Second ${markup}`]) assert.include(listed, text)

        yield* visit(window, `${url}/-/commit/${first}`)
        yield* Effect.promise(() => window.page.getByRole("link", { name: "New branch here" }).click())
        yield* fill(window, "Name", "main")
        assert.include(yield* press(window, "Create the branch"), 'there is already a branch "main"')
        forgive(window, 409)
        yield* fill(window, "Name", `a/${markup}`)
        yield* press(window, "Create the branch")
        assert.strictEqual((yield* clone(target)).heads.get(`a/${markup}`), first)

        yield* visit(window, `${url}/-/branches`)
        assert.include(yield* press(window, "Delete verse"), "The branch verse was deleted.")
        assert.isFalse((yield* clone(target)).heads.has("verse"))
        const restored = yield* press(window, `Restore verse to ${verse.slice(0, 10)}`)
        assert.strictEqual(window.page.url(), `${url}/-/reflog?branch=verse`)
        for (const text of ["restore branch", "delete branch", "the head now"]) assert.include(restored, text)
        assert.strictEqual((yield* clone(target)).heads.get("verse"), verse)

        // Another head is pushed with force; the one before it is in the reflog.
        local.heads.set("verse", first)
        const other = commitTo(local, "verse", { "song.txt": "three\n" }, { message: "Third" })
        assert.strictEqual((yield* pushBranch(target, local, "verse", { force: true })).answer.status, 200)
        assert.include(yield* look(window, `${url}/-/reflog`, eyes), "force push")
        yield* visit(window, `${url}/-/reflog?branch=verse`)
        const again = commitTo(local, "verse", { "song.txt": "four\n" }, { message: "Fourth" })
        yield* pushBranch(target, local, "verse")
        const restore = window.page.getByRole("button", { name: `Restore verse to ${verse.slice(0, 10)}` }).first()
        const refused = yield* Effect.promise(async () => {
          await Promise.all([window.page.waitForEvent("load"), restore.click()])
          return await window.page.innerText("main")
        })
        assert.include(refused, `branch "verse" is at ${again}, not at ${other} as expected`)
        forgive(window, 409)
        yield* Effect.promise(() => Promise.all([window.page.waitForEvent("load"), restore.click()]))
        assert.strictEqual((yield* clone(target)).heads.get("verse"), verse)
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("are renamed, with their proposals, unless they are protected", () =>
      Effect.gen(function* () {
        const { browser, hub, path, target, url, verse } = yield* pushed("refrains")
        const window = yield* openWindow(browser, hub.url, phone)
        yield* signInAs(window, hub, "ada", `${path}/-/proposals/new?head=verse`, signingIn)
        yield* fill(window, "Title", "A verse")
        yield* press(window, "Open the proposal")
        yield* visit(window, `${url}/-/branches`)
        yield* Effect.promise(() => window.page.getByRole("link", { name: "Rename verse" }).click())
        yield* look(window, `${url}/-/branches?rename=verse`, phone)
        yield* fill(window, "New name", "main")
        assert.include(yield* press(window, "Rename the branch"), 'there is already a branch "main"')
        forgive(window, 409)
        const field = window.page.getByLabel("New name")
        assert.strictEqual(yield* Effect.promise(() => field.inputValue()), "main", "what was typed is still there")
        yield* fill(window, "New name", `a/${markup}`)
        yield* press(window, "Rename the branch")
        const { heads } = yield* clone(target)
        assert.deepStrictEqual([heads.get(`a/${markup}`), heads.has("verse")], [verse, false])
        assert.include(yield* visit(window, `${url}/-/proposals/1`), `a/${markup}`)
        yield* visit(window, `${url}/-/branches?rename=main`)
        yield* fill(window, "New name", "trunk")
        yield* press(window, "Rename the branch")
        assert.include(yield* visit(window, `${url}/-/branches`), "trunk default")
        yield* visit(window, `${url}/-/settings/branches`)
        yield* fill(window, "Branch, which need not exist yet", "trunk")
        yield* press(window, "Protect it")
        yield* visit(window, `${url}/-/branches`)
        assert.strictEqual(
          yield* Effect.promise(() => window.page.getByRole("link", { name: "Rename trunk" }).count()),
          0
        )
        yield* visit(window, `${url}/-/branches?rename=trunk`)
        yield* fill(window, "New name", "stem")
        assert.include(yield* press(window, "Rename the branch"), "protected")
        forgive(window, 403)
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("are tagged, and released after a draft", () =>
      Effect.gen(function* () {
        const { browser, first, hub, path, url, verse } = yield* pushed("choruses")
        const window = yield* openWindow(browser, hub.url, phone)
        yield* signInAs(window, hub, "ada", `${path}/-/commit/${verse}`, signingIn)
        yield* Effect.promise(() => window.page.getByRole("link", { name: "Tag it" }).click())
        yield* fill(window, "Label", `take ${markup}`)
        assert.include(yield* press(window, "Tag it"), `take ${markup}`)
        const label = `take ${markup}`
        assert.deepStrictEqual(yield* tagged(hub, "choruses"), [[label, verse]])
        yield* look(window, `${url}/-/tags`, phone)
        assert.include(yield* press(window, `Delete ${label}`), "was deleted.")
        assert.deepStrictEqual(yield* tagged(hub, "choruses"), [])
        yield* press(window, "Tag the commit again")
        assert.deepStrictEqual(yield* tagged(hub, "choruses"), [[label, verse]])

        yield* visit(window, `${url}/-/releases`)
        yield* Effect.promise(() => window.page.getByText("New release").click())
        yield* fill(window, "Version, such as v1.2.3", "one")
        yield* fill(window, "Notes, in Markdown", `# Loud\n\n<script>alert(1)</script>`)
        assert.include(yield* press(window, "Save as a draft"), "semantic version")
        forgive(window, 400)
        yield* fill(window, "Version, such as v1.2.3", "v1.0.0")
        yield* press(window, "Save as a draft")
        const page = `${url}/-/release?tag=v1.0.0`
        assert.strictEqual(window.page.url(), page)
        assert.include(yield* look(window, page, phone), "draft")
        const other = yield* openWindow(browser, hub.url, eyes)
        assert.notInclude(yield* visit(other, `${url}/-/releases`), "v1.0.0")

        yield* Effect.promise(() => window.page.getByText("Edit or publish the draft").click())
        yield* fill(window, "Title", `First ${markup}`)
        yield* fill(window, "Of (a branch, tag or commit)", first)
        const published = yield* press(window, "Publish")
        for (const text of [`First ${markup}`, "Loud", first.slice(0, 10)]) assert.include(published, text)
        assert.notInclude(published, "Edit or publish")
        assert.include(yield* look(other, `${url}/-/releases`, eyes), `First ${markup}`)
        assert.notInclude(yield* look(other, page, eyes), "Delete")
        yield* Effect.promise(() => window.page.getByText("Delete", { exact: true }).click())
        assert.include(yield* press(window, "Delete the release"), "There are no releases yet")
        assert.deepStrictEqual([...window.wrongs, ...other.wrongs], [])
      }).pipe(Effect.scoped)
    )

    it.effect("are compared, and lead to a proposal", () =>
      Effect.gen(function* () {
        const { browser, first, hub, path, url, verse } = yield* pushed("verses")
        const ada = yield* openWindow(browser, hub.url, phone)
        yield* signInAs(ada, hub, "ada", `${path}/-/compare`, signingIn)
        yield* look(ada, `${url}/-/branches?deleted=gone&at=${verse}`, phone)
        yield* look(ada, `${url}/-/reflog`, phone)
        yield* visit(ada, `${url}/-/compare`)
        yield* fill(ada, "Branch, tag or commit", "verse")
        const compared = yield* press(ada, "Compare")
        assert.include(compared, "verse has 1 commit that main lacks.")
        assert.include(compared, "two")
        const commits = yield* look(ada, `${url}/-/compare?base=${first}&head=${verse}&show=commits`, phone)
        assert.include(commits, `Second ${markup}`)
        assert.notInclude(commits, "Propose this")
        const behind = yield* visit(ada, `${url}/-/compare?base=verse&head=main`)
        assert.include(behind, "verse has everything that main has, and 1 more commit.")
        const unknown = yield* visit(ada, `${url}/-/compare?head=nowhere`)
        assert.include(unknown, "nowhere")
        yield* visit(ada, `${url}/-/compare?head=verse`)
        yield* Effect.promise(() => ada.page.getByRole("link", { name: "Propose this" }).click())
        yield* fill(ada, "Title", "A verse")
        assert.include(yield* press(ada, "Open the proposal"), "A verse #1")

        const places = ["branches", "reflog?branch=verse", "tags", "releases", "compare?head=verse&view=split"]
        for (const each of allEyes.filter(({ javaScriptEnabled }) => !javaScriptEnabled)) {
          const window = yield* openWindow(browser, hub.url, each)
          for (const place of places) {
            const shown = yield* look(window, `${url}/-/${place}`, each)
            for (const button of ["Delete", "Rename", "Restore", "New ", "Propose this"])
              assert.notInclude(shown, button)
          }
        }
        assert.deepStrictEqual(ada.wrongs, [])
      }).pipe(Effect.scoped)
    )
  })
)
