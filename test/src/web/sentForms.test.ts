/** Forms that come at a bad time: after their session ended, from another one, and after a repository was renamed. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { textOf } from "../e2e/hub/askRest.ts"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { Browser } from "../e2e/signIn/Browser.ts"
import { formIn, signIn } from "./browser/sentForm.ts"

/** A repository whose branch `verse` can be proposed, and a browser of ada's. */
const scene = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* startHub(storage, [], { pages })
  const token = yield* tokenFor(hub, "ada")
  const target = yield* createRepository(hub.url, token, "ada/songs")
  const local = growing()
  local.heads.set("verse", commitTo(local, "main", { "song.txt": "one\n" }))
  commitTo(local, "verse", { "song.txt": "two\n" })
  yield* pushAll(target, local)
  const browser = new Browser(hub.url)
  yield* signIn(browser, hub)
  return { hub, token, browser }
})

const proposals = "/ada/songs/-/proposals"

const typed = { title: "A <b>verse</b>", body: "Typed with care,\nin two lines" }

/** The form of a new proposal, filled in. */
const filled = Effect.fnUntraced(function* (browser: Browser) {
  const page = textOf(yield* browser.ask(`${proposals}/new?head=verse`))
  const form: { readonly [name: string]: string } = { ...formIn(page, "Open a proposal"), ...typed }
  return form
})

describe("a form", () => {
  it.live("that comes after its session ended is shown again to whoever signs in, with all that was typed", () =>
    Effect.gen(function* () {
      const { browser, hub } = yield* scene
      const form = yield* filled(browser)
      assert.strictEqual((yield* browser.ask("/logout", { form: { csrf: form["csrf"] ?? "" } })).status, 303)
      browser.cookie = undefined
      const ended = yield* browser.ask(proposals, { form })
      assert.strictEqual(ended.status, 401)
      assert.deepStrictEqual(ended.headers["cache-control"], "no-store")
      const { csrf = "none", ...kept } = form
      assert.deepStrictEqual(formIn(textOf(ended), "What you typed"), kept)
      assert.notInclude(textOf(ended), csrf)

      yield* signIn(browser, hub)
      const again = yield* browser.ask(proposals, { form: kept })
      assert.strictEqual(again.status, 403)
      assert.include(textOf(again), "look at it, and send it again")
      const shown = formIn(textOf(again), "Open a proposal")
      assert.deepStrictEqual({ ...shown, csrf: undefined }, { ...kept, csrf: undefined })
      assert.notStrictEqual(shown["csrf"], csrf)
      const opened = yield* browser.ask(proposals, { form: shown })
      assert.deepStrictEqual([opened.status, opened.headers["location"]], [303, `${proposals}/1`])
    }).pipe(Effect.scoped)
  )

  it.live("of another site is answered with nothing that it has in it, whoever sends it", () =>
    Effect.gen(function* () {
      const { browser } = yield* scene
      const form = yield* filled(browser)
      const headers = [["Sec-Fetch-Site", "cross-site"]] as const
      const foreign = yield* browser.ask(proposals, { form, headers })
      assert.strictEqual(foreign.status, 403)
      browser.cookie = undefined
      const nobody = yield* browser.ask(proposals, { form, headers })
      assert.strictEqual(nobody.status, 401)
      for (const answer of [foreign, nobody]) assert.notInclude(textOf(answer), "Typed with care")
    }).pipe(Effect.scoped)
  )

  it.live("of a repository that was renamed meanwhile is sent on as it is", () =>
    Effect.gen(function* () {
      const { browser, hub, token } = yield* scene
      const form = yield* filled(browser)
      const renamed = yield* new Browser(hub.url).ask("/api/v1/repos/ada/songs", {
        method: "PATCH",
        json: { name: "tunes" },
        headers: [["Authorization", `Bearer ${token}`]]
      })
      assert.strictEqual(renamed.status, 200)
      const there = yield* browser.ask(proposals, { form })
      assert.deepStrictEqual([there.status, there.headers["location"]], [307, "/ada/tunes/-/proposals"])
      const opened = yield* browser.ask("/ada/tunes/-/proposals", { form })
      assert.deepStrictEqual([opened.status, opened.headers["location"]], [303, "/ada/tunes/-/proposals/1"])
      assert.strictEqual((yield* browser.ask(`${proposals}/1`)).status, 302)
    }).pipe(Effect.scoped)
  )
})
