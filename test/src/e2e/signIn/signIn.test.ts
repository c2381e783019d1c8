/** Signing in over HTTP: links, cookies, forms of other sites, and what a cookie may do and may not. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { CurrentRateLimits } from "@musehub/http/limits/RateLimits"
import type { ServeOptions } from "@musehub/http/httpServer"
import { localPath } from "@musehub/http/signIn/localPath"
import { pages } from "@musehub/web/pages"
import { Effect, Layer, Logger, References } from "effect"
import { textOf } from "../hub/askRest.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import { createRepository } from "../muse/MuseClient.ts"
import { askWith, Browser } from "./Browser.ts"

const fresh = Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))

const hubWith = (options: Partial<ServeOptions> = {}) =>
  Effect.flatMap(fresh, (storage) => startHub(storage, [], { ...options, pages }))

interface Link {
  readonly url: string
  readonly expiresAt: string
}

/** Asks a hub for a link. */
const linkFor = Effect.fnUntraced(function* (hub: Hub, token: string) {
  const answer = yield* askWith(hub.url, token)("POST", "/sign-in-links")
  assert.strictEqual(answer.status, 201, textOf(answer))
  assert.strictEqual(answer.headers["cache-control"], "no-store")
  const { expiresAt, url } = JSON.parse(textOf(answer)) as Link
  const code = new URL(url).searchParams.get("code") ?? ""
  return { code, expiresAt, url }
})

/** A browser that ada's token signed in. */
const signedIn = Effect.fnUntraced(function* (hub: Hub, host?: string) {
  const token = yield* tokenFor(hub, "ada")
  const browser = new Browser(hub.url, host)
  const answer = yield* browser.signIn((yield* linkFor(hub, token)).code)
  assert.strictEqual(answer.status, 303, textOf(answer))
  return { answer, browser, token }
})

/** The token in the form that signs out. */
const csrfOf = (browser: Browser) =>
  Effect.map(browser.ask("/login"), (page) => /name="csrf" value="([0-9a-f]{64})"/.exec(textOf(page))?.[1] ?? "none")

describe("a link", () => {
  it.live("opens a page with a button, which signs in once and says what to do the second time", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith()
      const token = yield* tokenFor(hub, "ada")
      const { code, expiresAt, url } = yield* linkFor(hub, token)
      assert.strictEqual(url, `${hub.url}/login?code=${code}`)
      assert.isBelow(Date.parse(expiresAt), Date.now() + 10 * 60_000 + 1)
      const browser = new Browser(hub.url)
      for (let look = 0; look < 3; look++) {
        const page = yield* browser.ask(`/login?code=${code}&next=%2Fada%2Fsongs%3Fref%3D%22`, { headers: [] })
        assert.strictEqual(page.status, 200)
        assert.include(textOf(page), "<button>Sign in as ada</button>")
        assert.include(textOf(page), 'name="next" value="/ada/songs?ref=%22"')
        assert.deepInclude(page.headers, {
          "cache-control": "no-store",
          "content-type": "text/html; charset=utf-8",
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff",
          "x-frame-options": "DENY"
        })
        const policy = String(page.headers["content-security-policy"])
        for (const rule of ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
          assert.include(policy.split("; "), rule)
        }
        assert.notInclude(policy, "unsafe")
        assert.notProperty(page.headers, "set-cookie")
      }
      const answer = yield* browser.signIn(code, "/ada/songs?ref=main")
      assert.strictEqual(answer.status, 303)
      assert.strictEqual(answer.headers["location"], "/ada/songs?ref=main")
      assert.match(
        String(answer.headers["set-cookie"]),
        /^musehub=ada\.muse_[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/
      )
      assert.include(textOf(yield* browser.ask("/api/v1/user")), '"name":"ada","scope":"admin","repoId":null')
      const again = yield* new Browser(hub.url).signIn(code)
      assert.strictEqual(again.status, 403)
      assert.match(textOf(again), /this link was used before: a link signs in once; musehub login makes another one/)
      const look = yield* browser.ask(`/login?code=%3Cscript%3E`, { headers: [] })
      assert.strictEqual(look.status, 403)
      assert.notInclude(textOf(look), "<script>")
    }).pipe(Effect.scoped)
  )

  it.live("is made by a bearer token that may do everything, and by no session", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith()
      const { browser } = yield* signedIn(hub)
      const headers = [
        ["Sec-Fetch-Site", "same-origin"],
        ["X-CSRF-Token", yield* csrfOf(browser)]
      ] as const
      assertProblem(
        yield* browser.ask("/api/v1/sign-in-links", { method: "POST", headers }),
        401,
        /making a sign-in link needs a token/
      )
      for (const scope of ["read", "write"] as const) {
        const less = yield* tokenFor(hub, "ada", { scope })
        const answer = yield* askWith(hub.url, less)("POST", "/sign-in-links")
        assertProblem(answer, 403, /^sign-in links are made with a token of admin scope/)
      }
    }).pipe(Effect.scoped)
  )

  it.live("is not used up by a form of another site, nor by guesses, which block their address", () =>
    Effect.gen(function* () {
      const failures = { requests: 3, seconds: 3600 }
      const hub = yield* Effect.provideService(hubWith(), CurrentRateLimits, {
        requests: null,
        failures,
        transfersMax: 10
      })
      const { code } = yield* linkFor(hub, yield* tokenFor(hub, "ada"))
      const browser = new Browser(hub.url)
      for (const [name, value] of [
        ["Sec-Fetch-Site", "cross-site"],
        ["Sec-Fetch-Site", "same-site"],
        ["Sec-Fetch-Site", "none"],
        ["Origin", "https://evil.example"],
        ["Origin", "null"]
      ] as const) {
        const answer = yield* browser.ask("/login", { form: { code }, headers: [[name, value]] })
        assert.strictEqual(answer.status, 403, `${name}: ${value}`)
        assert.include(textOf(answer), "this form is from another site; open the link again, and sign in there")
        assert.notProperty(answer.headers, "set-cookie")
      }
      const own = yield* browser.ask("/login", { form: { code }, headers: [["Origin", hub.url]] })
      assert.strictEqual(own.status, 303)
      for (let guess = 0; guess < 3; guess++) {
        assert.strictEqual((yield* browser.signIn(`ada.muse_${guess}`)).status, 403)
      }
      const blocked = yield* browser.signIn("ada.muse_4")
      assert.strictEqual(blocked.status, 429)
      assert.match(textOf(blocked), /<h1>Too many requests<\/h1>.*sent too many/s)
      assert.deepInclude(blocked.headers, { "cache-control": "no-store", "referrer-policy": "no-referrer" })
    }).pipe(Effect.scoped)
  )
})

describe("the cookie", () => {
  it.live("behind TLS has the prefix __Host- and is secure, and one without is nothing there", () =>
    Effect.gen(function* () {
      const publicUrl = "https://hub.example/base"
      const hub = yield* hubWith({ proxies: { publicUrl, trustedProxies: [] } })
      const { answer, browser } = yield* signedIn(hub, "hub.example")
      assert.strictEqual(answer.headers["location"], "/base/")
      assert.match(
        String(answer.headers["set-cookie"]),
        /^__Host-musehub=ada\.muse_[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/
      )
      assert.strictEqual((yield* browser.ask("/api/v1/user")).status, 200)
      browser.cookie = browser.cookie?.replace("__Host-", "")
      assert.strictEqual((yield* browser.ask("/api/v1/user")).status, 401)
    }).pipe(Effect.scoped)
  )

  it.live("is not given without TLS but to this machine", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith()
      const { code } = yield* linkFor(hub, yield* tokenFor(hub, "ada"))
      const far = new Browser(hub.url, "hub.example:10003")
      for (const answer of [yield* far.ask(`/login?code=${code}`), yield* far.signIn(code)]) {
        assert.strictEqual(answer.status, 403)
        assert.include(textOf(answer), "set MUSEHUB_PUBLIC_URL")
        assert.notProperty(answer.headers, "set-cookie")
      }
      const near = new Browser(hub.url, "localhost:10003")
      assert.strictEqual((yield* near.signIn(code)).status, 303, "the link is still unused")
      assert.strictEqual((yield* near.ask("/api/v1/user")).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("that a browser had before is not taken over, and the session that it was of ends", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith()
      const { browser, token } = yield* signedIn(hub)
      const former = browser.cookie
      yield* browser.signIn((yield* linkFor(hub, token)).code)
      assert.notStrictEqual(browser.cookie, former)
      const fixed = new Browser(hub.url)
      fixed.cookie = "musehub=ada.muse_chosen-by-another"
      yield* fixed.signIn((yield* linkFor(hub, token)).code)
      assert.notInclude(fixed.cookie, "chosen")
      const left = new Browser(hub.url)
      for (const cookie of [former, "musehub=ada.muse_chosen-by-another", "musehub=", "musehub=%00"]) {
        left.cookie = cookie
        assert.strictEqual((yield* left.ask("/api/v1/user")).status, 401, cookie)
      }
      const { items } = JSON.parse(textOf(yield* browser.ask("/api/v1/sessions"))) as {
        readonly items: ReadonlyArray<unknown>
      }
      assert.lengthOf(items, 2)
    }).pipe(Effect.scoped)
  )

  it.live(
    "reads what its user may, changes something with the page's token, and is nothing beside a bearer token",
    () =>
      Effect.gen(function* () {
        const hub = yield* hubWith()
        const { browser, token } = yield* signedIn(hub)
        yield* createRepository(hub.url, token, "ada/songs", { visibility: "private" })
        const read = yield* browser.ask("/api/v1/repos/ada/songs", { headers: [] })
        assert.strictEqual(read.status, 200)
        assert.strictEqual(read.headers["vary"], "cookie")
        assert.strictEqual((yield* browser.ask("/ada/songs/refs")).status, 404, "the wire takes no cookie")
        const csrf = yield* csrfOf(browser)
        const change = (headers: ReadonlyArray<readonly [string, string]>) =>
          browser.ask("/api/v1/repos/ada/songs", { method: "PATCH", json: { description: "d" }, headers })
        const own = ["Sec-Fetch-Site", "same-origin"] as const
        for (const headers of [
          [own],
          [own, ["X-CSRF-Token", csrf.replace(/.$/, (last) => (last === "0" ? "1" : "0"))]],
          [own, ["X-CSRF-Token", csrf.slice(1)]],
          [["Sec-Fetch-Site", "cross-site"] as const, ["X-CSRF-Token", csrf]],
          [["Origin", "https://evil.example"] as const, ["X-CSRF-Token", csrf]]
        ] as const) {
          assertProblem(
            yield* change(headers as never),
            401,
            /^a session changes something only from a page of this hub/
          )
        }
        assert.strictEqual((yield* change([own, ["X-CSRF-Token", csrf]])).status, 200)
        const reader = yield* tokenFor(hub, "ada", { scope: "read" })
        const withReader = [own, ["X-CSRF-Token", csrf], ["Authorization", `Bearer ${reader}`]] as const
        assertProblem(yield* change(withReader), 403, /only read scope/)
        const withNone = [own, ["X-CSRF-Token", csrf], ["Authorization", "Bearer muse_wrong"]] as const
        assertProblem(yield* change(withNone), 401, /unknown to this hub/)
      }).pipe(Effect.scoped)
  )
})

describe("signing out", () => {
  it.live("needs the page's token, and ends the session; other users' sessions are unknown", () =>
    Effect.gen(function* () {
      const hub = yield* hubWith()
      const { browser, token } = yield* signedIn(hub)
      const other = new Browser(hub.url)
      yield* other.signIn((yield* linkFor(hub, token)).code)
      const forged = yield* browser.ask("/logout", { form: { csrf: yield* csrfOf(other) } })
      assert.strictEqual(forged.status, 403)
      assert.include(textOf(forged), "from a page of another session")
      const left = yield* browser.ask("/logout", { form: { csrf: yield* csrfOf(browser) } })
      assert.strictEqual(left.status, 303)
      assert.match(String(left.headers["set-cookie"]), /^musehub=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/)
      assertProblem(yield* browser.ask("/api/v1/user"), 401, /^the session has ended; sign in with a link/)
      assert.include(textOf(yield* browser.ask("/login")), "There are no passwords here")
      assert.strictEqual((yield* browser.ask("/logout", { form: {} })).status, 303, "twice is once")

      const listed = JSON.parse(textOf(yield* other.ask("/api/v1/sessions"))) as {
        readonly items: ReadonlyArray<{ readonly id: string; readonly userAgent: string }>
      }
      assert.deepStrictEqual(
        listed.items.map(({ userAgent }) => userAgent),
        ["Mozilla/5.0 (X11; Linux x86_64)"]
      )
      const path = `/sessions/${listed.items[0]?.id}`
      const bob = askWith(hub.url, yield* tokenFor(hub, "bob"))
      assertProblem(yield* bob("DELETE", path), 404, /^there is no session/)
      assert.strictEqual((yield* askWith(hub.url, token)("DELETE", path)).status, 204)
      assert.strictEqual((yield* other.ask("/api/v1/user")).status, 401)
    }).pipe(Effect.scoped)
  )
})

describe("logs", () => {
  it.live("have neither links nor cookies, at any level", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ cause, message }) => void lines.push(JSON.stringify([message, String(cause)])))
      const hub = yield* startHub(yield* fresh, [logger], { pages })
      const { browser, token } = yield* signedIn(hub)
      const { code } = yield* linkFor(hub, token)
      yield* browser.ask(`/login?code=${code}`)
      yield* browser.ask(`/login/nothing?code=${code}`)
      yield* browser.ask(`/login?code=${code}`, { method: "PUT" })
      assert.isAbove(lines.length, 3)
      const text = lines.join("\n")
      for (const secret of [code, token, String(browser.cookie?.split("=")[1])]) assert.notInclude(text, secret)
    }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "All"))
  )
})

describe("where a browser goes next", () => {
  it("is a path of the hub, or its first page", () => {
    for (const path of ["/", "/ada/songs", "/ada/songs?ref=main&path=a%20b", "/ü"]) {
      assert.strictEqual(localPath(path), new URL(path, "http://x").pathname + new URL(path, "http://x").search)
    }
    for (const elsewhere of [
      undefined,
      null,
      "",
      "ada",
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "/\n/evil.example",
      "/.//evil.example",
      "/a/..//evil.example",
      "https://evil.example/",
      "javascript:alert(1)",
      `/${"a".repeat(3000)}`
    ]) {
      assert.strictEqual(localPath(elsewhere), "/", String(elsewhere))
    }
  })
})
