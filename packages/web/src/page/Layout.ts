/** The frame of every page. */
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"
import { useContext } from "preact/hooks"
import { accountAddress } from "../html/address.ts"
import { Link, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { icon, script, styles } from "./assets.ts"

const Account = (): VNode => {
  const { csrf, user } = useContext(SiteContext)
  if (user === null) return h("div", { class: "account" }, h(Link, { to: "/login" }, "Sign in"))
  return h(
    "div",
    { class: "account" },
    h(Link, { to: accountAddress() }, "Signed in as ", h("strong", null, user)),
    // The page of a problem may be that of a session that is not known.
    csrf === null ? null : h(PostForm, { to: "/logout" }, h("button", { class: "plain" }, "Sign out"))
  )
}

/** A page with its head, header and footer. */
export const Layout = ({
  children,
  title
}: {
  readonly title: string
  readonly children?: ComponentChildren
}): VNode => {
  const { base, isOperator } = useContext(SiteContext)
  return h(
    "html",
    { lang: "en" },
    h(
      "head",
      null,
      h("meta", { charset: "utf-8" }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("meta", { name: "color-scheme", content: "light dark" }),
      h("title", null, title),
      h("link", { rel: "stylesheet", href: base + styles.address }),
      h("link", { rel: "icon", href: base + icon.address, type: "image/svg+xml" }),
      h("script", { src: base + script.address, defer: true })
    ),
    h(
      "body",
      null,
      h("a", { class: "skip", href: "#main" }, "Skip to the content"),
      h(
        "header",
        { class: "site" },
        h(Link, { to: "/", class: "brand" }, "MuseHub"),
        h(
          "nav",
          { "aria-label": "Hub" },
          h(Link, { to: "/" }, "Repositories"),
          h(Link, { to: "/docs" }, "API"),
          isOperator ? h(Link, { to: "/-/health" }, "Storage health") : null
        ),
        h(Account, null)
      ),
      h("main", { id: "main", tabindex: -1 }, children),
      h("footer", { class: "site" }, "MuseHub keeps every version of what was pushed.")
    )
  )
}
