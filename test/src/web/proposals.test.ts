/** Proposals in a real browser: opened, talked about and merged there, beside a client that pushes and pulls. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { blobId, commitTo, growing } from "../e2e/muse/history.ts"
import { clone, pull, pushAll, pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import type { Browser } from "playwright-core"
import { fill, forgive, press, visit } from "./browser/acting.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { allEyes, look, signInAs } from "./browser/look.ts"

const markup = `<img src=x onerror=alert(1)>`

const lines = (...changed: ReadonlyArray<readonly [number, string]>): string => {
  const all = Array.from({ length: 12 }, (_, place) => `line ${place}`)
  for (const [place, text] of changed) all[place] = text
  return `${all.join("\n")}\n`
}

/** A history whose branches `verse` and `main` changed the same line. */
const diverged = () => {
  const local = growing()
  const first = commitTo(local, "main", { "song.txt": lines() })
  local.heads.set("verse", first)
  commitTo(local, "verse", { "song.txt": lines([3, "a verse"]), "more.txt": "more\n" }, { message: "A verse" })
  commitTo(local, "main", { "song.txt": lines([3, "a chorus"]) }, { message: "A chorus" })
  return local
}

class Stage extends Context.Service<Stage, { readonly hub: Hub; readonly browser: Browser; readonly ada: string }>()(
  "@musehub/test/web/proposals/Stage"
) {}

/** One hub and one browser for all tests; each has a repository of its own. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = yield* startHub(storage, [], { pages })
    yield* tokenFor(hub, "grace")
    return Stage.of({ hub, ada: yield* tokenFor(hub, "ada"), browser: yield* startChromium })
  })
)

const pushed = Effect.fnUntraced(function* (name: string) {
  const { ada, browser, hub } = yield* Stage
  const target = yield* createRepository(hub.url, ada, `ada/${name}`)
  const local = diverged()
  yield* pushAll(target, local)
  return { hub, browser, target, local, path: `/ada/${name}`, url: `${hub.url}/ada/${name}` }
})

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }
/** The pages of signing in are looked at in a test of their own. */
const signingIn: Eyes = { ...eyes, javaScriptEnabled: false }

describeChromium("proposals in a browser", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("are opened, their conflicts are seen, a push resolves them, they are merged, and a client pulls", () =>
      Effect.gen(function* () {
        const { browser, hub, local, path, target, url: songs } = yield* pushed("songs")
        const window = yield* openWindow(browser, hub.url, eyes)
        yield* signInAs(window, hub, "ada", `${path}/-/proposals`, signingIn)
        assert.include(yield* visit(window, `${songs}/-/proposals`), "No proposal is open")

        const comparison = `${songs}/-/proposals/new?base=main&head=verse`
        assert.include(
          yield* look(window, comparison, eyes),
          "verse has 1 commit that main lacks, and lacks 1 commit of it"
        )
        yield* fill(window, "Title", `A verse ${markup}`)
        yield* fill(window, "Description", `\u202eIt ${markup} rhymes.\nTwice.`)
        const conflicting = yield* press(window, "Open the proposal")
        const proposal = `${songs}/-/proposals/1`
        assert.strictEqual(window.page.url(), proposal)
        for (const text of [`A verse ${markup}`, "There are conflicts in 1 path", "What main did", "What verse did"]) {
          assert.include(conflicting, text)
        }
        for (const text of ["a chorus", "a verse", "both changed it"]) assert.include(conflicting, text)
        assert.notInclude(conflicting, "Strategy")

        const chorus = local.heads.get("main") ?? ""
        const resolved = commitTo(
          local,
          "verse",
          { "song.txt": lines([3, "a verse and a chorus"]), "more.txt": "more\n" },
          { parents: [local.heads.get("verse") ?? "", chorus], message: "Both" }
        )
        assert.strictEqual((yield* pushBranch(target, local, "verse")).answer.status, 200)
        assert.include(yield* look(window, proposal, eyes), "This can be merged")
        assert.include(yield* visit(window, `${proposal}?show=commits`), "Both")
        assert.include(yield* visit(window, `${proposal}?show=files`), "a verse and a chorus")

        yield* visit(window, proposal)
        yield* Effect.promise(() => window.page.getByLabel("Strategy").selectOption("merge_commit"))
        yield* fill(window, "Message of the new commit, where it has one (the title otherwise)", "Merged in a browser")
        assert.include(yield* press(window, "Merge"), "ada merged it by a merge commit")

        const pulled = yield* pull(target, "main", [chorus])
        const messages = [...pulled.commits.values()].map((commit) => commit.get("message"))
        assert.sameMembers(messages, ["A verse", "Both", "Merged in a browser"])
        assert.isTrue(pulled.commits.has(resolved))
        assert.isTrue(pulled.blobs.has(blobId(lines([3, "a verse and a chorus"]))))

        assert.include(yield* press(window, "Delete its branch"), "The branch verse was deleted.")
        assert.notInclude([...(yield* clone(target)).heads.keys()], "verse")
        assert.notInclude(yield* press(window, "Restore its branch"), "was deleted")
        assert.strictEqual((yield* clone(target)).heads.get("verse"), resolved)
        assert.include(yield* visit(window, `${songs}/-/proposals?state=merged`), "A verse")
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("are talked about once however often a form is sent, and lose nothing that was typed", () =>
      Effect.gen(function* () {
        const { browser, hub, local, path, target, url: songs } = yield* pushed("verses")
        const ada = yield* openWindow(browser, hub.url, phone)
        yield* signInAs(ada, hub, "ada", `${path}/-/proposals/new?head=verse`, signingIn)
        yield* fill(ada, "Title", "A verse")
        yield* press(ada, "Open the proposal")
        const proposal = `${songs}/-/proposals/1`
        const again = new URLSearchParams(
          yield* Effect.promise(() =>
            ada.page.$$eval("form[aria-label='Say something'] input", (inputs) =>
              inputs.map((input): [string, string] => [
                (input as HTMLInputElement).name,
                (input as HTMLInputElement).value
              ])
            )
          )
        )
        again.set("body", "Well said")
        again.set("do", "comment")
        const send = Effect.promise(() =>
          ada.page.evaluate(
            async ([url, body]) => {
              const answer = await fetch(url, {
                method: "POST",
                headers: { "content-type": "application/x-www-form-urlencoded" },
                body
              })
              return [answer.status, await answer.text()] as const
            },
            [proposal, again.toString()] as const
          )
        )
        const answers = yield* Effect.all([send, send, send], { concurrency: 3 })
        assert.deepStrictEqual(
          answers.map(([status]) => status),
          [200, 200, 200]
        )
        const shown = yield* visit(ada, proposal)
        assert.lengthOf(shown.split("Well said"), 2)

        yield* visit(ada, `${songs}/-/proposals/new?head=verse`)
        yield* fill(ada, "Title", "The same again")
        yield* fill(ada, "Description", "Typed with care")
        const refused = yield* press(ada, "Open the proposal")
        assert.include(refused, 'proposal 1 to merge "verse" into "main" is open already')
        assert.strictEqual(
          yield* Effect.promise(() => ada.page.getByLabel("Description").inputValue()),
          "Typed with care"
        )
        forgive(ada, 409)

        const grace = yield* openWindow(browser, hub.url, eyes)
        yield* signInAs(grace, hub, "grace", `${path}/-/proposals/1`, signingIn)
        assert.notInclude(yield* visit(grace, proposal), "Close without merging")
        yield* fill(grace, "Your words", `Not yet ${markup}`)
        assert.include(yield* press(grace, "Request changes"), "requested changes")
        yield* fill(grace, "Your words", "This one stays here")
        commitTo(local, "verse", { "song.txt": lines([5, "later"]) })
        yield* pushBranch(target, local, "verse")
        const moved = yield* press(grace, "Approve")
        assert.include(moved, 'branch "verse"')
        assert.strictEqual(
          yield* Effect.promise(() => grace.page.getByLabel("Your words").inputValue()),
          "This one stays here"
        )
        forgive(grace, 409)

        yield* visit(ada, proposal)
        assert.include(yield* press(ada, "Close without merging"), "It was closed without being merged.")
        // A form that no page has: the branch of what was not merged is not restored.
        yield* Effect.promise(() =>
          ada.page.locator("button[value=reopen]").evaluate((button) => button.setAttribute("value", "restore-branch"))
        )
        assert.include(yield* press(ada, "Reopen"), "do needs a proposal that is merged")
        forgive(ada, 400)
        assert.include(yield* press(ada, "Reopen"), "The merge")
        yield* Effect.promise(() => ada.page.getByText("Edit title and description").click())
        yield* fill(ada, "Title", "Another title")
        assert.include(yield* press(ada, "Save"), "Another title #1")

        yield* look(ada, proposal, phone)
        const comparison = `${songs}/-/proposals/new?head=verse`
        yield* look(ada, comparison, phone)
        const places = [`${songs}/-/proposals`, `${proposal}?show=files`, comparison, proposal]
        for (const each of allEyes.filter(({ javaScriptEnabled }) => !javaScriptEnabled)) {
          const window = yield* openWindow(browser, hub.url, each)
          for (const url of places) assert.include(yield* look(window, url, each), "Sign in")
        }
        assert.deepStrictEqual([...ada.wrongs, ...grace.wrongs], [])
      }).pipe(Effect.scoped)
    )
  })
)
