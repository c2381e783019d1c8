/** The settings of a repository in a real browser: changed, given away, deleted and brought back. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer } from "effect"
import type { Browser } from "playwright-core"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { fill, forgive, press, sent, visit } from "./browser/acting.ts"
import { describeChromium, type Eyes, openWindow, startChromium, type Window } from "./browser/Chromium.ts"
import { look, signInAs } from "./browser/look.ts"

const markup = `<img src=x onerror=alert(1)>`

class Stage extends Context.Service<Stage, { readonly hub: Hub; readonly browser: Browser; readonly token: string }>()(
  "@musehub/test/web/settings/Stage"
) {}

/** One hub and one browser for all tests; each has a repository of its own. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const hub = yield* startHub(storage, [], { pages })
    for (const user of ["grace", "bob"]) yield* tokenFor(hub, user)
    return Stage.of({ hub, token: yield* tokenFor(hub, "ada"), browser: yield* startChromium })
  })
)

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }
/** The pages of signing in are looked at in a test of their own. */
const signingIn: Eyes = { ...eyes, javaScriptEnabled: false }

const repositoryOf = Effect.fnUntraced(function* (name: string, visibility: "public" | "private") {
  const { hub, token } = yield* Stage
  const target = yield* createRepository(hub.url, token, `ada/${name}`, { visibility })
  const local = growing()
  commitTo(local, "main", { "song.txt": "la\n" })
  yield* pushBranch(target, local, "main")
  return `${hub.url}/ada/${name}`
})

/** Opens a window in which a user is signed in. */
const signedIn = Effect.fnUntraced(function* (user: string, each: Eyes) {
  const { browser, hub } = yield* Stage
  const window = yield* openWindow(browser, hub.url, each)
  yield* signInAs(window, hub, user, "/login", signingIn)
  return window
})

const choose = ({ page }: Window, label: string, value: string) =>
  Effect.promise(() => page.getByLabel(label, { exact: true }).selectOption(value))

describeChromium("the settings of a repository", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("are changed by those who may, and nobody else is shown or allowed them", () =>
      Effect.gen(function* () {
        const songs = yield* repositoryOf("songs", "private")
        const ada = yield* signedIn("ada", eyes)
        const settings = `${songs}/-/settings`
        yield* visit(ada, settings)
        yield* fill(ada, "Description", `Songs ${markup}`)
        yield* fill(ada, "Name", "Old songs")
        yield* fill(ada, "Default branch", "nowhere")
        assert.include(yield* press(ada, "Save"), 'branch "nowhere"')
        forgive(ada, 404)
        assert.strictEqual(yield* Effect.promise(() => ada.page.getByLabel("Name").inputValue()), "Old songs")
        yield* fill(ada, "Default branch", "main")
        assert.include(yield* press(ada, "Save"), "ada/old-songs now")
        const moved = songs.replace("/songs", "/old-songs")
        assert.strictEqual(ada.page.url(), `${moved}/-/settings`)
        yield* visit(ada, `${settings}/branches`)
        assert.strictEqual(ada.page.url(), `${moved}/-/settings/branches`)

        yield* visit(ada, `${moved}/-/settings`)
        const unsure = yield* sent(ada, "Visibility", { do: "visibility" })
        assert.strictEqual(unsure.status, 400)
        assert.include(unsure.text, "must be ticked")
        forgive(ada, 400)
        yield* Effect.promise(() => ada.page.getByLabel("Yes, everybody may read it").check())
        assert.include(yield* press(ada, "Make it public"), "It is public")

        yield* visit(ada, `${moved}/-/settings/branches`)
        yield* fill(ada, "Branch, which need not exist yet", `release/${markup}`)
        yield* press(ada, "Protect it")
        yield* fill(ada, "Branch, which need not exist yet", "two..dots")
        assert.include(yield* press(ada, "Protect it"), "contains two dots in a row")
        forgive(ada, 422)
        const rule = ada.page.getByRole("form", { name: `Rule of release/${markup}` })
        yield* Effect.promise(() => rule.getByLabel("Approvals").fill("2"))
        yield* press(ada, `Save the rule of release/${markup}`)
        assert.strictEqual(yield* Effect.promise(() => rule.getByLabel("Approvals").inputValue()), "2")
        yield* look(ada, ada.page.url(), eyes)
        assert.include(yield* press(ada, `Remove the rule of release/${markup}`), "No branch is protected")

        yield* visit(ada, `${moved}/-/settings/collaborators`)
        yield* fill(ada, "User", "nobody")
        assert.include(yield* press(ada, "Give the role"), 'there is no user "nobody"')
        forgive(ada, 404)
        yield* fill(ada, "User", "grace")
        yield* press(ada, "Give the role")
        const grace = yield* signedIn("grace", phone)
        assert.notInclude(yield* visit(grace, moved), "Settings")
        assert.include(yield* visit(grace, `${moved}/-/settings`), "grace has no admin access to ada/old-songs")
        forgive(grace, 403)
        yield* choose(ada, "Role of grace", "admin")
        assert.notInclude(yield* press(ada, "Change grace"), "is refused")
        yield* look(ada, ada.page.url(), eyes)
        yield* look(grace, `${moved}/-/settings`, phone)
        assert.notInclude(yield* look(grace, `${moved}/-/settings/danger`, phone), "Give it to another user")

        yield* press(grace, "Archive it")
        assert.include(yield* visit(ada, `${moved}/-/settings`), "The repository is archived")
        assert.isTrue(yield* Effect.promise(() => ada.page.getByLabel("Description").isDisabled()))
        const closed = yield* sent(ada, "About the repository", { do: "save", name: "New songs" })
        assert.strictEqual(closed.status, 403)
        forgive(ada, 403)
        yield* press(grace, "Unarchive it")
        yield* visit(grace, `${moved}/-/settings/collaborators`)
        yield* press(grace, "Remove grace")
        assert.include(yield* visit(grace, `${moved}/-/settings/danger`), "grace has no admin access")
        forgive(grace, 403)
        assert.include(yield* visit(ada, moved), markup)
        assert.deepStrictEqual([...ada.wrongs, ...grace.wrongs], [])
      }).pipe(Effect.scoped)
    )

    it.effect("delete it once its name is typed, and bring it back for those who may, as it was", () =>
      Effect.gen(function* () {
        const { browser, hub } = yield* Stage
        const demos = yield* repositoryOf("demos", "public")
        const danger = `${demos}/-/settings/danger`
        const ada = yield* signedIn("ada", eyes)
        yield* visit(ada, danger)
        yield* fill(ada, "Type ada/demos to delete it", "demos")
        assert.include(yield* press(ada, "Delete it"), "name must be ada/demos, to say that you mean it")
        forgive(ada, 400)
        const stale = { do: "delete", name: "ada/demos" }
        const [first, again] = [yield* sent(ada, "Delete", stale), yield* sent(ada, "Delete", stale)]
        for (const { path, status, text } of [first, again]) {
          assert.deepStrictEqual([path, status], ["/ada/demos/-/deleted", 200])
          assert.include(text, "ada/demos is deleted")
        }
        const stranger = yield* openWindow(browser, hub.url, signingIn)
        const bob = yield* signedIn("bob", signingIn)
        for (const window of [stranger, bob]) {
          for (const url of [demos, `${demos}/-/deleted`]) {
            assert.include(yield* visit(window, url), "there is no repository ada/demos that you can see")
          }
        }
        const listed = yield* look(ada, `${hub.url}/-/account/deleted`, eyes)
        assert.include(listed, "ada/demos")
        assert.notInclude(yield* visit(bob, `${hub.url}/-/account/deleted`), "ada/demos")
        assert.include(yield* look(ada, `${demos}/-/deleted`, eyes), "at least (in 13 days)")
        const tab = yield* Effect.promise(() => ada.context.newPage())
        yield* Effect.promise(() => tab.goto(`${demos}/-/deleted`))
        assert.include(yield* press(ada, "Bring ada/demos back"), "song.txt")
        yield* Effect.promise(() => tab.getByRole("button", { name: "Bring ada/demos back" }).click())
        assert.include(yield* Effect.promise(() => tab.innerText("main")), "song.txt")
        assert.include(yield* visit(ada, `${demos}/-/deleted`), "There is nothing to undo")
        assert.include(yield* visit(stranger, demos), "song.txt")
        assert.deepStrictEqual(ada.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("offer it to a user, who sees the offer and accepts", () =>
      Effect.gen(function* () {
        const { hub } = yield* Stage
        const tunes = yield* repositoryOf("tunes", "private")
        const ada = yield* signedIn("ada", eyes)
        yield* visit(ada, `${tunes}/-/settings/danger`)
        yield* fill(ada, "User", "grace")
        assert.include(yield* press(ada, "Offer it"), "It is offered to grace")
        const grace = yield* signedIn("grace", phone)
        assert.include(yield* visit(grace, tunes), "ada offers you this repository.")
        assert.include(yield* visit(ada, `${tunes}/-/transfer`), "not offered to you")
        yield* look(grace, `${tunes}/-/transfer`, phone)
        assert.include(yield* press(grace, "Accept it"), "song.txt")
        assert.strictEqual(grace.page.url(), `${hub.url}/grace/tunes`)
        assert.include(yield* visit(ada, tunes), "song.txt")
        assert.strictEqual(ada.page.url(), `${hub.url}/grace/tunes`)
        assert.deepStrictEqual([...ada.wrongs, ...grace.wrongs], [])
      }).pipe(Effect.scoped)
    )
  })
)
