/** Pages that a browser keeps: it asks whether they are as they were, and for whom. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { startHub } from "../e2e/hub/Hub.ts"
import { Browser } from "../e2e/signIn/Browser.ts"

describe("a page that a browser has", () => {
  it.live("is not sent again, and says what it depends on as the first time", () =>
    Effect.gen(function* () {
      const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
      const browser = new Browser((yield* startHub(storage, [], { pages })).url)
      const ask = (headers: ReadonlyArray<readonly [string, string]>) =>
        browser.ask("/", { headers: [["Accept", "text/html"], ...headers] })
      const first = yield* ask([])
      const etag = String(first.headers["etag"])
      const again = yield* ask([["If-None-Match", etag]])
      assert.deepStrictEqual([first.status, again.status, again.body.byteLength], [200, 304, 0])
      for (const name of ["etag", "cache-control", "vary"]) {
        assert.isDefined(first.headers[name], name)
        assert.deepStrictEqual(again.headers[name], first.headers[name], name)
      }
      assert.include(String(first.headers["vary"]), "Cookie")
    }).pipe(Effect.scoped)
  )
})

describe("the icon of the hub", () => {
  it.live("is where browsers look for that of `/docs`, and is the one of the pages", () =>
    Effect.gen(function* () {
      const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
      const browser = new Browser((yield* startHub(storage, [], { pages })).url)
      const page = new TextDecoder().decode((yield* browser.ask("/")).body)
      const [, named = ""] = /<link rel="icon" href="([^"]*)"/.exec(page) ?? []
      const [usual, ofPages] = [yield* browser.ask("/favicon.ico"), yield* browser.ask(named)]
      assert.deepStrictEqual([usual.status, usual.headers["content-type"]], [200, "image/svg+xml"])
      assert.deepStrictEqual(usual.body, ofPages.body)
    }).pipe(Effect.scoped)
  )
})
