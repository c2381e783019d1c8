/** Looks at pages as visitors do, and finds what should not be. */
import { assert } from "@effect/vitest"
import { UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import axe from "axe-core"
import { Effect, Redacted } from "effect"
import type { Hub } from "../../e2e/hub/Hub.ts"
import type { Eyes, Window } from "./Chromium.ts"

/** Every combination is seen on each page, two of the three at a time. */
export const allEyes: ReadonlyArray<Eyes> = [
  { width: 390, colorScheme: "light", javaScriptEnabled: true },
  { width: 390, colorScheme: "dark", javaScriptEnabled: false },
  { width: 1280, colorScheme: "light", javaScriptEnabled: false },
  { width: 1280, colorScheme: "dark", javaScriptEnabled: true }
]

/**
 * Runs in the browser. Returns by how many pixels the page is wider than the window, and what stands over or under its
 * text: only a note that the repository moved may be fixed, and it takes no room before it says something.
 */
const placement = () => {
  const isMisplaced = (element: Element) =>
    element.matches(".moved")
      ? element.textContent === "" && element.getBoundingClientRect().height > 0
      : getComputedStyle(element).position === "fixed"
  return {
    sideways: document.documentElement.scrollWidth - window.innerWidth,
    misplaced: [...document.querySelectorAll("main *")].filter(isMisplaced).map(({ outerHTML }) => outerHTML)
  }
}

/** Asserts that a page shows itself well as it is now. Returns its text. */
export const judge = Effect.fnUntraced(function* ({ page, wrongs }: Window, { javaScriptEnabled }: Eyes) {
  const url = page.url()
  const { misplaced, sideways, violations } = yield* Effect.promise(async () => {
    const placed = await page.evaluate(placement)
    if (!javaScriptEnabled) return { ...placed, violations: [] }
    await page.evaluate(axe.source)
    // The script above has put it there, in the browser.
    const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
    return { ...placed, violations: found.violations.map(({ help, nodes }) => `${help}: ${nodes[0]?.html}`) }
  })
  assert.isAtMost(sideways, 0, `${url} is wider than the window`)
  assert.deepStrictEqual(misplaced, [], url)
  assert.deepStrictEqual(violations, [], url)
  assert.deepStrictEqual(wrongs, [], url)
  return yield* Effect.promise(() => page.innerText("body"))
})

/** Goes to a page, and asserts that it shows itself well. Returns its text. */
export const look = Effect.fnUntraced(function* (window: Window, url: string, eyes: Eyes) {
  const answer = yield* Effect.promise(() => window.page.goto(url, { waitUntil: "load" }))
  assert.isBelow(answer?.status() ?? 599, 500, url)
  return yield* judge(window, eyes)
})

/** Signs a window in by a link that leads on to a path of the hub. */
export const signInAs = Effect.fnUntraced(function* (window: Window, hub: Hub, user: string, next: string, eyes: Eyes) {
  const link = yield* Effect.provideContext(createLink(UserName.make(user), null), hub.services)
  const code = Redacted.value(link.code)
  yield* look(window, `${hub.url}/login?${new URLSearchParams({ code, next }).toString()}`, eyes)
  yield* Effect.promise(() => window.page.getByRole("button", { name: `Sign in as ${user}` }).click())
})
