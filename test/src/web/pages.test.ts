/** The pages for people in a real browser: on a phone and a desk, light and dark, with scripts and without. */
import { assert, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { pages } from "@musehub/web/pages"
import { Effect, Layer } from "effect"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { commitTo, growing } from "../e2e/muse/history.ts"
import { pushBranch } from "../e2e/muse/LocalRepository.ts"
import { createRepository } from "../e2e/muse/MuseClient.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { allEyes, look, signInAs } from "./browser/look.ts"

const markup = `<img src=x onerror=alert(1)>`

const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64"
)

/** A file of many kinds, and what others may have written into names and documents. */
const files = {
  "README.md": [
    "# Songs",
    `${markup}<script>alert(1)</script>`,
    "[a](javascript:alert(1)) and [b](src/song.py), ![c](logo.png) ![d](https://elsewhere.example/d.png)",
    "| key | value |\n| --- | --- |\n| a | b |",
    "```python\nprint(1)\n```"
  ].join("\n\n"),
  "src/song.py": 'def play(beat):\n    """Plays."""\n    return beat * 2  # twice\n',
  "src/long.txt": `${"x".repeat(10_000)}\n${"word ".repeat(400)}\n`,
  "logo.png": pixel,
  "logo.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`,
  "page.html": "<script>alert(1)</script>",
  "data.bin": "\0\u0001\u0002",
  empty: "",
  [`a${markup}.txt`.replaceAll("/", "")]: "named so\n",
  "\u202eexe.gnp": "reversed\n",
  [`deep/${"folder/".repeat(40)}file`]: "deep\n"
}

/** What the second commit leaves of them. */
const { "logo.svg": _removed, ...rest } = files

const stage = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* startHub(storage, [], { pages })
  const token = yield* tokenFor(hub, "ada")
  const target = yield* createRepository(hub.url, token, "ada/songs")
  const local = growing()
  commitTo(local, "main", files)
  const last = commitTo(local, "main", { ...rest, "src/song.py": files["src/song.py"].replace("2", "3") })
  yield* pushBranch(target, local, "main")
  yield* createRepository(hub.url, token, "ada/secret", { visibility: "private" })
  return { hub, last, browser: yield* startChromium }
})

describeChromium("the pages of a hub", () => {
  it.live(
    "show everything to everybody, and run nothing that others wrote",
    () =>
      Effect.gen(function* () {
        const { browser, hub, last } = yield* stage
        const of = (page: string, parameters: Readonly<Record<string, string>> = {}) =>
          `${hub.url}/ada/songs/-/${page}?${new URLSearchParams(parameters).toString()}`
        const blobs = Object.keys(rest).map((path) => of("blob", { path }))
        const places = [
          `${hub.url}/`,
          `${hub.url}/ada/songs`,
          of("tree", { path: "src" }),
          of("blob", { path: "src/song.py" }),
          of("history", { path: "src/song.py" }),
          of(`commit/${last}`),
          `${hub.url}/login`
        ]
        for (const [nth, each] of allEyes.entries()) {
          const window = yield* openWindow(browser, hub.url, each)
          const more = [
            ...blobs,
            of("blob", { path: "README.md", plain: "1" }),
            of(`commit/${last}`, { view: "split" })
          ]
          for (const url of nth === 0 ? [...places, ...more] : places) {
            assert.include(yield* look(window, url, each), "MuseHub")
          }
        }
      }).pipe(Effect.scoped),
    120_000
  )

  it.live("sign in and out, and show private repositories to those who may see them", () =>
    Effect.gen(function* () {
      const { browser, hub } = yield* stage
      const each: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }
      const window = yield* openWindow(browser, hub.url, each)
      const secret = `${hub.url}/ada/secret`
      assert.notInclude(yield* look(window, `${hub.url}/`, each), "secret")
      yield* signInAs(window, hub, "ada", "/ada/secret", each)
      assert.strictEqual(window.page.url(), secret)
      assert.include(yield* look(window, `${hub.url}/`, each), "ada/secret")
      yield* Effect.promise(() => window.page.getByRole("button", { name: "Sign out" }).click())
      assert.notInclude(yield* look(window, `${hub.url}/`, each), "secret")
      assert.deepStrictEqual(window.wrongs, [])
    }).pipe(Effect.scoped)
  )
})
