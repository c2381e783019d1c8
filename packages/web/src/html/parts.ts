/** Small parts that many pages have. */
import { csrfField } from "@musehub/http/signIn/csrf"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { h } from "./h.ts"
import { useContext } from "preact/hooks"
import { SiteContext } from "./Site.ts"

interface LinkProperties {
  readonly to: string
  readonly class?: string | undefined
  readonly title?: string | undefined
  readonly current?: "page" | undefined
  readonly children?: ComponentChildren
}

/** A link to an address of the hub. */
export const Link = ({ children, current, to, ...rest }: LinkProperties): VNode => {
  const { base } = useContext(SiteContext)
  return h("a", { ...rest, href: base + to, "aria-current": current }, children)
}

/** A form that asks for a page. */
export const Form = ({
  children,
  to,
  ...rest
}: {
  readonly to: string
  readonly class?: string | undefined
  readonly label?: string | undefined
  readonly children?: ComponentChildren
}): VNode => {
  const { base } = useContext(SiteContext)
  return h("form", { action: base + to, method: "get", class: rest.class, "aria-label": rest.label }, children)
}

/** A form that changes something, with the fields that are not shown. The session's token is one of them. */
export const PostForm = ({
  children,
  fields = {},
  to,
  ...rest
}: {
  readonly to: string
  readonly fields?: { readonly [name: string]: string }
  readonly class?: string | undefined
  readonly label?: string | undefined
  readonly children?: ComponentChildren
}): VNode => {
  const { base, csrf } = useContext(SiteContext)
  const all = csrf === null ? fields : { ...fields, [csrfField]: csrf }
  const hidden = Object.entries(all).map(([name, value]) => h("input", { type: "hidden", name, value }))
  return h("form", { action: base + to, method: "post", class: rest.class, "aria-label": rest.label }, hidden, children)
}

const second = 1000
const units = [
  ["year", 365 * 24 * 3600 * second],
  ["month", 30 * 24 * 3600 * second],
  ["day", 24 * 3600 * second],
  ["hour", 3600 * second],
  ["minute", 60 * second]
] as const

/** Says how long ago a time was: `3 days ago`. */
const agoText = (millis: number): string => {
  const found = units.find(([, length]) => Math.abs(millis) >= length)
  if (found === undefined) return "just now"
  const [unit, length] = found
  const count = Math.floor(Math.abs(millis) / length)
  const text = `${count} ${unit}${count === 1 ? "" : "s"}`
  return millis < 0 ? `in ${text}` : `${text} ago`
}

/** A time: how long ago it was, and exactly in its title. One that cannot be read is shown as it is written. */
export const Time = ({ at }: { readonly at: string }): VNode => {
  const { now } = useContext(SiteContext)
  const millis = Date.parse(at)
  if (Number.isNaN(millis)) return h("span", { class: "time" }, at.slice(0, 40))
  const exact = new Date(millis).toISOString()
  return h(
    "time",
    { datetime: exact, title: exact.replace("T", " ").replace(/\.\d+Z$/, " UTC") },
    agoText(now - millis)
  )
}

/** How many digits of a hash are enough to tell it from others at a glance. */
const digitsShown = 10

/** A shortened hash, with the whole one in its title. */
export const Hash = ({ id }: { readonly id: string }): VNode =>
  h("code", { class: "hash", title: id }, id.slice(0, digitsShown))

/** A short word about something, such as `private`. */
export const Tag = ({ children, kind }: { readonly kind?: string; readonly children?: ComponentChildren }): VNode =>
  h("span", { class: kind === undefined ? "tag" : `tag tag-${kind}` }, children)

/** Says what there is none of, and what to do. */
export const Empty = ({ children, title }: { readonly title: string; readonly children?: ComponentChildren }): VNode =>
  h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), children)

/** Commands to copy. */
export const Commands = ({ label, lines }: { readonly label: string; readonly lines: ReadonlyArray<string> }): VNode =>
  h("div", { class: "commands" }, h("pre", { tabindex: 0, role: "region", "aria-label": label }, lines.join("\n")))

/** Leads to the pages of a list that follow. */
export const Pager = ({ next }: { readonly next: string | null }): VNode =>
  next === null
    ? h(Fragment, null)
    : h("nav", { class: "pager", "aria-label": "Pages" }, h(Link, { to: next, class: "button" }, "Next page"))

const sizes = ["bytes", "KiB", "MiB", "GiB"] as const

/** Returns a size in words: `3.2 MiB`. */
export const sizeText = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log2(bytes) / 10))
  return power === 0
    ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}`
    : `${(bytes / 1024 ** power).toFixed(1)} ${sizes[power]}`
}

/** Returns a count with its noun: `1 file`, `3 files`. */
export const countText = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`
