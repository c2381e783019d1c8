/** A real browser for tests: Debian's Chromium, and what it says while it shows a page. */
import { Effect, type Scope } from "effect"
import { existsSync } from "node:fs"
import { userInfo } from "node:os"
import { describe, expect, it } from "vitest"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"

const executablePath = process.env["MUSEHUB_TEST_CHROMIUM"] ?? "/usr/bin/chromium"

const withoutBrowser = (): void => it.runIf(false)(`needs Chromium at ${executablePath}`, () => expect.unreachable())

/** Registers tests that need a browser; without one, one skipped test names the reason. */
export const describeChromium = (name: string, tests: () => void) =>
  describe(name, () => (existsSync(executablePath) ? tests() : withoutBrowser()))

/** Starts the browser. Chromium has no sandbox for root. */
export const startChromium: Effect.Effect<Browser, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({ executablePath, args: userInfo().uid === 0 ? ["--no-sandbox"] : [], chromiumSandbox: false })
  ),
  (browser) => Effect.promise(() => browser.close())
)

/** How a visitor looks at pages. */
export interface Eyes {
  readonly width: number
  readonly colorScheme: "light" | "dark"
  readonly javaScriptEnabled: boolean
}

/** A window that notes whatever should not be: errors, dialogs, and requests to other places than the hub. */
export interface Window {
  readonly page: Page
  readonly context: BrowserContext
  readonly wrongs: Array<string>
}

export const openWindow = Effect.fnUntraced(function* (
  browser: Browser,
  hub: string,
  { colorScheme, javaScriptEnabled, width }: Eyes
) {
  const context = yield* Effect.acquireRelease(
    Effect.promise(() => browser.newContext({ colorScheme, javaScriptEnabled, viewport: { width, height: 900 } })),
    (opened) => Effect.promise(() => opened.close())
  )
  const page = yield* Effect.promise(() => context.newPage())
  const wrongs: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") wrongs.push(`console: ${message.text()}`)
  })
  page.on("pageerror", (error) => wrongs.push(`error: ${error.message}`))
  page.on("dialog", (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on("request", (request) => {
    if (!request.url().startsWith(`${hub}/`)) wrongs.push(`request to ${request.url()}`)
  })
  const window: Window = { page, context, wrongs }
  return window
})
