/** What the pages of signing in and out say, and nothing of how it is decided. */
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { h } from "../html/h.ts"
import { Commands, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"

/** Asks for the press of a button, since opening a link must not use it up. */
export const Confirm = ({
  code,
  next,
  user
}: {
  readonly code: string
  readonly next: string
  readonly user: string
}): VNode =>
  h(
    Fragment,
    null,
    h("h1", null, `Sign in as ${user}`),
    h("p", null, `This browser will act as ${user}, until it signs out. Go on only if you asked for the link.`),
    h(PostForm, { to: "/login", fields: { code, next } }, h("button", null, `Sign in as ${user}`))
  )

/** Says why nobody was signed in or out, and what helps. */
export const Refused = ({ message, title }: { readonly message: string; readonly title: string }): VNode =>
  h(Fragment, null, h("h1", null, title), h("p", null, message))

/** Asks for the press of a button to sign out. */
export const SignOut = ({ user }: { readonly user: string }): VNode =>
  h(
    Fragment,
    null,
    h("h1", null, `Signed in as ${user}`),
    h(PostForm, { to: "/logout" }, h("button", null, "Sign out"))
  )

/** Says how one signs in. */
export const Help = (): VNode => {
  const { url } = useContext(SiteContext)
  return h(
    Fragment,
    null,
    h("h1", null, "Sign in"),
    h("p", null, "There are no passwords here. A command prints a link that signs this browser in, once:"),
    h(Commands, {
      label: "Commands that print a link",
      lines: [
        "# with your token, from anywhere",
        `musehub login --hub ${url}`,
        "# beside the hub",
        "musehub login --user NAME"
      ]
    })
  )
}
