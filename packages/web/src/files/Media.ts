/** Files that the browser itself shows or plays, from their raw bytes. */
import type { VNode } from "preact"
import { useContext } from "preact/hooks"
import { h } from "../html/h.ts"
import { SiteContext } from "../html/Site.ts"

interface Medium {
  readonly name: string
  /** The address of its bytes. */
  readonly raw: string
}

export const Picture = ({ name, raw }: Medium): VNode => {
  const { base } = useContext(SiteContext)
  return h("div", { class: "panel picture" }, h("img", { src: base + raw, alt: name }))
}

export const Sound = ({ name, raw }: Medium): VNode => {
  const { base } = useContext(SiteContext)
  return h(
    "div",
    { class: "panel" },
    h("audio", { controls: true, preload: "none", src: base + raw, "aria-label": name })
  )
}
