/** People in a real browser: what they say of themselves, their tokens, and their sessions. */
import { assert, layer } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { pages } from "@musehub/web/pages"
import { Context, Effect, Layer, Logger, Redacted } from "effect"
import type { Browser } from "playwright-core"
import { type Hub, startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { fill, forgive, press, sent, visit } from "./browser/acting.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { look, signInAs } from "./browser/look.ts"

class Stage extends Context.Service<
  Stage,
  { readonly hub: Hub; readonly browser: Browser; readonly token: string; readonly log: ReadonlyArray<string> }
>()("@musehub/test/web/people/Stage") {}

/** One hub, which logs everything, and one browser for all tests. */
const stage = Layer.effect(
  Stage,
  Effect.gen(function* () {
    const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
    const log: Array<string> = []
    const logger = Logger.map(Logger.formatLogFmt, (line) => void log.push(line))
    const hub = yield* startHub(storage, [logger], { pages })
    const token = yield* tokenFor(hub, "ada")
    yield* tokenFor(hub, "grace")
    yield* createRepository(hub.url, token, "ada/songs", { visibility: "private" })
    return Stage.of({ hub, log, token, browser: yield* startChromium })
  })
)

const markup = `<img src=x onerror=alert(1)>`

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
const phone: Eyes = { width: 390, colorScheme: "dark", javaScriptEnabled: true }
/** The pages of signing in are looked at in a test of their own. */
const signingIn: Eyes = { ...eyes, javaScriptEnabled: false }

/** Whether the store has a text in any document of the hub. */
const isStored = Effect.fnUntraced(function* ({ services }: Hub, text: string) {
  const { documents } = Context.get(services, ObjectStore)
  let isFound = false
  for (const collection of ["users", "tokens", "sessions", "requests"] as const) {
    const { items } = yield* documents.list({ kind: "hub", collection }, { limit: 1000 })
    for (const name of items) {
      const found = yield* documents.read({ kind: "hub", collection, name } as never)
      isFound ||= found._tag === "Found" && new TextDecoder().decode(found.document.bytes).includes(text)
    }
  }
  return isFound
})

/** Signs grace in without a window, as a browser that calls itself so. Returns its cookie. */
const cookieOf = Effect.fnUntraced(function* (hub: Hub, userAgent: string) {
  const link = yield* Effect.provideContext(createLink(UserName.make("grace"), null), hub.services)
  const answer = yield* Effect.promise(() =>
    fetch(`${hub.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { "user-agent": userAgent },
      body: new URLSearchParams({ code: Redacted.value(link.code) })
    })
  )
  return answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "none"
})

const secretIn = (text: string): string => /MUSEHUB_TOKEN=(\S+)/.exec(text)?.[1] ?? "none"

const asks = (hub: Hub, path: string, headers: Readonly<Record<string, string>>) =>
  Effect.promise(async () => (await fetch(`${hub.url}${path}`, { headers })).status)

describeChromium("people in a browser", () =>
  layer(stage, { excludeTestServices: true })((it) => {
    it.effect("makes a token once, shows it once, and keeps it nowhere", () =>
      Effect.gen(function* () {
        const { browser, hub, log } = yield* Stage
        const window = yield* openWindow(browser, hub.url, eyes)
        yield* signInAs(window, hub, "ada", "/-/account", signingIn)
        const account = `${hub.url}/-/account`
        assert.include(yield* look(window, account, eyes), "Your account: ada")

        yield* Effect.promise(() => window.page.getByLabel("What it may do").selectOption("read"))
        yield* fill(window, "In which repository (owner/name; in all if it is empty)", "ada/nowhere")
        assert.include(yield* press(window, "Make a token"), "there is no repository ada/nowhere that you can see")
        forgive(window, 404)
        assert.strictEqual(yield* Effect.promise(() => window.page.getByLabel("What it may do").inputValue()), "read")
        yield* fill(window, "In which repository (owner/name; in all if it is empty)", "ada/songs")
        yield* Effect.promise(() => window.page.getByLabel("For how long").selectOption({ label: "7 days" }))
        const made = yield* press(window, "Make a token")
        const secret = secretIn(made)
        assert.include(made, `musehub clone ${hub.url}/ada/songs`)
        assert.strictEqual(window.page.url(), account, "no secret is in an address")
        assert.strictEqual(yield* asks(hub, "/api/v1/repos/ada/songs", { authorization: `Bearer ${secret}` }), 200)

        yield* visit(window, account)
        const form = { scope: "write", do: "make-token" }
        const [one, other] = yield* Effect.all(
          [sent(window, "Make a token", form), sent(window, "Make a token", form)],
          {
            concurrency: 2
          }
        )
        const answers = [one, other].toSorted(({ text: a }, { text: b }) => b.length - a.length)
        assert.deepStrictEqual(
          answers.map(({ kept, status }) => [status, kept]),
          [
            [200, "no-store"],
            [200, "no-store"]
          ]
        )
        const [first, again] = answers.map(({ text }) => text)
        const second = secretIn(first ?? "")
        const id = /Your new token (\w{12})/.exec(first ?? "")?.[1] ?? "none"
        assert.include(again, `It made the token ${id} then, and made none now.`)
        assert.strictEqual(secretIn(again ?? ""), "none")
        const later = yield* sent(window, "Make a token", form)
        assert.notInclude(later.text, second)
        const wrong = { ...form, scope: "all", expires: "soon", seen: "another" }
        const refused = yield* sent(window, "Make a token", wrong)
        assert.strictEqual(refused.status, 400)
        forgive(window, 400)
        for (const field of ["scope", "expiresInSeconds"]) assert.include(refused.text, field)

        const listed = yield* look(window, account, eyes)
        assert.lengthOf([...listed.matchAll(/\bRevoke\b/g)], 3, "the first token of ada, and two from the form")
        assert.include(listed, "ada/songs, made just now, expires in 6 days")
        yield* press(window, `Revoke ${id}`)
        assert.strictEqual(yield* asks(hub, "/api/v1/user", { authorization: `Bearer ${second}` }), 401)
        for (const each of [secret, second]) {
          assert.isFalse(yield* isStored(hub, each), "a secret is in the store")
          assert.notInclude(log.join("\n"), each)
          assert.notInclude(yield* visit(window, account), each)
        }
        assert.isTrue(yield* isStored(hub, id))
        assert.deepStrictEqual(window.wrongs, [])
      }).pipe(Effect.scoped)
    )

    it.effect("shows what people say of themselves to those who may read it, and runs nothing of it", () =>
      Effect.gen(function* () {
        const { browser, hub, token } = yield* Stage
        const identity = yield* createRepository(hub.url, token, "ada/identity", { visibility: "private" })
        const local = growing()
        const profile = {
          type: "agent",
          displayName: `Ada ${markup}`,
          bio: `\u202eI ${markup}\n<script>alert(1)</script>`,
          website: "https://elsewhere.example/ada",
          agent: { model: markup, capabilities: ["arrange", "\u202eegnarra"] }
        }
        const member = { user: "grace", role: "member", teams: ["band"] }
        const files = {
          "profile.json": JSON.stringify(profile),
          "social.json": JSON.stringify({ follows: ["grace"], pins: ["ada/songs"], stars: "many" }),
          "members.json": JSON.stringify({
            members: [member],
            teams: [{ name: "band", grants: [{ slug: "songs", role: "write" }] }]
          })
        }
        commitTo(local, "main", files)
        yield* pushBranch(identity, local, "main")
        const page = `${hub.url}/-/people/ada`
        const stranger = yield* openWindow(browser, hub.url, phone)
        assert.include(yield* visit(stranger, page), "There is nothing here that you can see")
        forgive(stranger, 404)
        const window = yield* openWindow(browser, hub.url, eyes)
        yield* signInAs(window, hub, "ada", "/-/people/ada", signingIn)
        const shown = yield* look(window, page, eyes)
        for (const text of [`Ada ${markup}`, "ada agent", "arrange", "grace", "ada/songs", "social.json"]) {
          assert.include(shown, text)
        }
        const members = yield* look(window, `${page}/members`, eyes)
        for (const text of ["grace band", "songs: write", "These teams give no roles"]) assert.include(members, text)
        yield* visit(window, `${hub.url}/-/people/grace`)
        forgive(window, 404)
        yield* signInAs(stranger, hub, "grace", "/-/people/grace", signingIn)
        assert.include(yield* look(stranger, `${hub.url}/-/people/grace`, phone), "You have not said anything")
        assert.deepStrictEqual([...stranger.wrongs, ...window.wrongs], [])
      }).pipe(Effect.scoped)
    )

    it.effect("gives no token to another site, to another session, or to nobody", () =>
      Effect.gen(function* () {
        const { browser, hub } = yield* Stage
        const window = yield* openWindow(browser, hub.url, eyes)
        const account = `${hub.url}/-/account`
        assert.include(yield* visit(window, account), "this page is for those who are signed in")
        forgive(window, 401)
        yield* signInAs(window, hub, "grace", "/-/account", signingIn)
        const { context, page } = window
        const csrf = yield* Effect.promise(() => page.locator("input[name=csrf]").first().inputValue())
        const [cookie] = yield* Effect.promise(() => context.cookies())
        const asked = (headers: Readonly<Record<string, string>>, token: string) =>
          Effect.promise(async () => {
            const body = new URLSearchParams({ do: "make-token", scope: "admin", seen: "x", csrf: token })
            const type = { "content-type": "application/x-www-form-urlencoded" }
            const answer = await fetch(account, { method: "POST", headers: { ...type, ...headers }, body })
            return [answer.status, secretIn(await answer.text())] as const
          })
        const session = { cookie: `${cookie?.name}=${cookie?.value}` }
        assert.deepStrictEqual(yield* asked({}, csrf), [401, "none"])
        assert.deepStrictEqual(yield* asked(session, "0".repeat(64)), [403, "none"])
        for (const site of [{ "sec-fetch-site": "cross-site" }, { origin: "https://elsewhere.example" }]) {
          assert.deepStrictEqual(yield* asked({ ...session, ...site }, csrf), [403, "none"])
        }
        assert.notStrictEqual((yield* asked({ ...session, "sec-fetch-site": "same-origin" }, csrf))[1], "none")
      }).pipe(Effect.scoped)
    )

    it.effect("signs other browsers out, one or all, whatever they call themselves", () =>
      Effect.gen(function* () {
        const { browser, hub } = yield* Stage
        const account = `${hub.url}/-/account`
        const statusOf = (cookie: string) => asks(hub, "/-/account", { cookie, accept: "text/html" })
        const cookies = yield* Effect.forEach([`Phone ${markup}`, "Desk", "Tablet"], (name) => cookieOf(hub, name))
        const here = yield* openWindow(browser, hub.url, phone)
        yield* signInAs(here, hub, "grace", "/-/account", signingIn)
        const shown = yield* look(here, account, phone)
        assert.include(shown, markup)
        assert.lengthOf([...shown.matchAll(/this browser/g)], 1)
        const item = here.page.locator("li", { hasText: "Phone" })
        const id = /(\w{12}), began/.exec(yield* Effect.promise(() => item.innerText()))?.[1]
        yield* press(here, `End ${id}`)
        assert.deepStrictEqual(yield* Effect.forEach(cookies, statusOf), [401, 200, 200])
        const left = yield* press(here, "End all others")
        assert.lengthOf([...left.matchAll(/, began/g)], 1)
        assert.deepStrictEqual(yield* Effect.forEach(cookies, statusOf), [401, 401, 401])
        yield* press(here, "Sign out")
        assert.include(yield* visit(here, account), "You are not signed in")
        forgive(here, 401)
        assert.deepStrictEqual(here.wrongs, [])
      }).pipe(Effect.scoped)
    )
  })
)
