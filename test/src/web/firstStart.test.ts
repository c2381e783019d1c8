/**
 * A new machine: the program is started in an empty folder on a terminal, prints a link, and the link opens a page on
 * which one is signed in.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it as test } from "vitest"
import { launch, programArguments, run } from "../cli/program.ts"
import { freePort } from "../proxy/ReverseProxy.ts"
import { describeChromium, type Eyes, openWindow, startChromium } from "./browser/Chromium.ts"
import { look } from "./browser/look.ts"

/** Gives a program a terminal; part of every Debian. */
const script = "/usr/bin/script"

const eyes: Eyes = { width: 1280, colorScheme: "light", javaScriptEnabled: true }

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "musehub-first-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Starts the hub as `pnpm start` does, on a terminal, until the scope closes. Returns what it printed. */
const started = Effect.fnUntraced(function* (directory: string, env: Readonly<Record<string, string>>) {
  const command = `exec ${[process.execPath, ...programArguments, "serve"].map((word) => `'${word}'`).join(" ")}`
  const hub = yield* Effect.acquireRelease(
    Effect.sync(() =>
      launch(script, ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], { directory, env })
    ),
    (running) => {
      running.signal("SIGTERM")
      return Effect.promise(() => running.ended)
    }
  )
  yield* Effect.promise(() => hub.prints("Ctrl-C stops the hub"))
  return hub.printed().replaceAll("\r", "")
})

/** Opens a link in a window of its own, presses the button, and returns the page that it leads to. */
const follow = Effect.fnUntraced(function* (hub: string, link: string) {
  const window = yield* openWindow(yield* startChromium, hub, eyes)
  assert.include(yield* look(window, link, eyes), "Sign in as ada")
  yield* Effect.promise(async () => {
    const { page } = window
    await Promise.all([page.waitForURL(`${hub}/`), page.getByRole("button", { name: "Sign in as ada" }).click()])
  })
  return window
})

const withoutTerminal = (): void => test.runIf(false)(`needs ${script}`, () => expect.unreachable())

describeChromium("the first start", () => {
  if (!existsSync(script)) withoutTerminal()
  else {
    it.live(
      "prints a link that signs a browser in, and later ones how to get another, beside the hub and elsewhere",
      () =>
        Effect.gen(function* () {
          const directory = yield* folder
          const port = yield* freePort
          const env = { MUSEHUB_PORT: String(port), MUSEHUB_USER: "ada" }
          const url = `http://127.0.0.1:${port}`
          const token = yield* Effect.scoped(
            Effect.gen(function* () {
              const printed = yield* started(directory, env)
              assert.include(printed, "To be signed in as ada in a browser, open this within 10 minutes")
              const [link] = /http:\/\/127\.0\.0\.1:\d+\/login\?code=\S+/.exec(printed) ?? []
              assert.isDefined(link, printed)
              const { page, wrongs } = yield* follow(url, link)
              const shown = yield* Effect.promise(() => page.innerText("body"))
              assert.include(shown, "Signed in as ada")
              assert.include(shown, "muse push origin")
              assert.deepStrictEqual(wrongs, [])
              return /muse_[\w-]{43}$/m.exec(printed)?.[0] ?? "none"
            })
          )

          const again = yield* started(directory, env)
          assert.notInclude(again, "muse_", "neither a token nor a link")
          assert.match(again, /browser {2}\S.* login --user NAME/)
          const beside = yield* Effect.promise(() => run(["login"], { directory, env }))
          assert.strictEqual(beside.code, 0, beside.stderr)
          assert.match(beside.stdout, new RegExp(`^${url}/login\\?code=ada\\.muse_[\\w-]{43}\n$`))
          const elsewhere = { directory: yield* folder, env: { MUSEHUB_TOKEN: token } }
          const { code, stderr, stdout } = yield* Effect.promise(() => run(["login", "--hub", url], elsewhere))
          assert.strictEqual(code, 0, stderr)
          const { page } = yield* follow(url, stdout.trim())
          assert.include(yield* Effect.promise(() => page.innerText("body")), "Signed in as ada")
        }).pipe(Effect.scoped)
    )
  }
})

describe("what pnpm start runs", () => {
  it("is the program that serves", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    assert.match(String(manifest.scripts["start"]), /packages\/cli\/src\/main\.ts serve$/)
  })
})
