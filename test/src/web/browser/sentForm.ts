/** The forms of pages, as a browser without scripts reads and sends them. */
import { assert } from "@effect/vitest"
import { UserName } from "@musehub/domain/repository/Names"
import { createLink } from "@musehub/domain/usecase/people/signIn/links"
import { Effect, Redacted } from "effect"
import type { Hub } from "../../e2e/hub/Hub.ts"
import type { Browser } from "../../e2e/signIn/Browser.ts"

/** Signs a user in, as ada unless another is named. */
export const signIn = Effect.fnUntraced(function* (browser: Browser, hub: Hub, user = "ada") {
  const link = yield* Effect.provideContext(createLink(UserName.make(user), null), hub.services)
  assert.strictEqual((yield* browser.signIn(Redacted.value(link.code))).status, 303)
})

const decoded = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&")

/** Returns the fields of the form of a page that has this label. */
export const formIn = (page: string, label: string): { readonly [name: string]: string } => {
  const [, form = ""] = page.split(`aria-label="${label}"`)
  const [own = ""] = form.split("</form>", 1)
  const hidden = own.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  const shown = own.matchAll(/<input name="([^"]*)" value="([^"]*)"/g)
  const typed = own.matchAll(/<textarea name="([^"]*)"[^>]*>([^<]*)</g)
  return Object.fromEntries([...hidden, ...shown, ...typed].map(([, name, value = ""]) => [name, decoded(value)]))
}
