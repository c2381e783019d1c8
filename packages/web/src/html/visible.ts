/** Shows text that others wrote: what a reader would not see is named, and no text reorders what stands beside it. */
import { cut } from "@musehub/domain/base/text/cut"
import type { ComponentChildren, VNode } from "preact"
import { h } from "./h.ts"

/** Controls but for line breaks and tabs, marks that reorder text, and characters without a width but for joiners. */
const hidden = new RegExp(
  [
    String.raw`[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f`,
    String.raw`\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+`
  ].join(""),
  "gu"
)

/** Runs that are shown one by one; the rest of a longer one is counted. */
const shownMax = 4

const nameOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`

const mark = (run: string): VNode => {
  const characters = Array.from(run)
  const names = characters.slice(0, shownMax).map(nameOf).join(" ")
  const more = characters.length > shownMax ? ` and ${characters.length - shownMax} more` : ""
  return h("span", { class: "mark", title: "characters that are not seen" }, names + more)
}

/** Returns the text with its invisible characters named. */
export const visible = (text: string): ComponentChildren => {
  const parts: Array<ComponentChildren> = []
  let end = 0
  for (const { 0: run, index } of text.matchAll(hidden)) {
    parts.push(text.slice(end, index), mark(run))
    end = index + run.length
  }
  return parts.length === 0 ? text : [...parts, text.slice(end)]
}

/** A name or a short text of others. Its direction is its own. */
export const Name = ({ max = 300, text }: { readonly text: string; readonly max?: number }): VNode =>
  h("bdi", { class: "name" }, visible(cut(text, max)))

/** A text of others with its line breaks. */
export const Prose = ({ max = 20_000, text }: { readonly text: string; readonly max?: number }): VNode =>
  h("div", { class: "prose-plain", dir: "auto" }, visible(cut(text, max)))
