/** Acts in a browser as visitors do: visits, fills in and sends. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Window } from "./Chromium.ts"

/** Presses a button, and waits for the page that it leads to. Returns the text of that page. */
export const press = ({ page }: Window, name: string) =>
  Effect.promise(async () => {
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name, exact: true }).click()])
    return await page.innerText("main")
  })

/** Goes to a page without looking for what should not be, which takes longer. */
export const visit = ({ page }: Window, url: string) =>
  Effect.promise(async () => {
    await page.goto(url)
    return await page.innerText("main")
  })

export const fill = ({ page }: Window, label: string, text: string) =>
  Effect.promise(() => page.getByLabel(label, { exact: true }).fill(text))

/** Refusals are statuses that a browser notes. */
export const forgive = ({ wrongs }: Window, status: number): void => {
  const noted = wrongs.findIndex((wrong) => wrong.includes(`status of ${status}`))
  assert.isAtLeast(noted, 0, `no answer had the status ${status}`)
  wrongs.splice(noted, 1)
}

/** Sends a form of the page beside the window, with other fields. Returns where it led, its status and its text. */
export const sent = ({ page }: Window, label: string, fields: Readonly<Record<string, string>>) =>
  Effect.promise(() =>
    page.evaluate(
      async ([name, given]) => {
        const form = document.querySelector<HTMLFormElement>(`form[aria-label='${name}']`)
        if (form === null) throw new Error(`no form is called ${name}`)
        const body = new URLSearchParams()
        for (const [field, value] of new FormData(form)) body.set(field, String(value))
        for (const [field, value] of Object.entries(given)) body.set(field, value)
        const answer = await fetch(form.action, { method: "POST", body })
        return {
          path: new URL(answer.url).pathname,
          status: answer.status,
          kept: answer.headers.get("cache-control"),
          text: new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent
        }
      },
      [label, fields] as const
    )
  )
