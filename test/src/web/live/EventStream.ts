/** The stream on which an open page waits, as a browser opens it. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import type { Browser } from "../../e2e/signIn/Browser.ts"

/** What a stream begins with: when to ask again. */
export const retry = /^retry: (\d{4,5})\n\n/

/** Begins a stream as a browser does. Returns its answer, what it said so far, and what waits for its end. */
export const openStream = Effect.fnUntraced(function* (url: string, cookie?: string) {
  const asked = (url.startsWith("https:") ? requestHttps : requestHttp)(url, {
    agent: false,
    headers: {
      accept: "text/event-stream",
      "accept-encoding": "gzip, deflate, br, zstd",
      ...(cookie === undefined ? {} : { cookie })
    }
  }).end()
  const [answer] = (yield* Effect.promise(() => once(asked, "response"))) as [IncomingMessage]
  let said = ""
  answer.setEncoding("utf8").on("data", (text: string) => (said += text))
  const begun = new Promise((resolve) => answer.once("data", resolve))
  const ended = new Promise<void>((resolve) => answer.once("close", resolve))
  // A browser that leaves in the middle of an answer breaks it off.
  answer.on("error", ({ message }) => assert.strictEqual(message, "aborted"))
  yield* Effect.addFinalizer(() => Effect.sync(() => asked.destroy()))
  return {
    status: answer.statusCode,
    headers: answer.headers,
    said: () => said,
    begun: Effect.promise(() => begun),
    ended: Effect.promise(() => ended)
  }
})

/** Returns the address of the stream that a page opens. */
export const streamOf = (browser: Browser, path: string) =>
  Effect.map(browser.ask(path, { headers: [["Accept", "text/html"]] }), ({ body }) => {
    const found = /data-events="([^"]*)"/.exec(new TextDecoder().decode(body))?.[1]
    assert.isDefined(found, `${path} waits for no moves`)
    return found.replaceAll("&amp;", "&")
  })
