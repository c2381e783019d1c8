/** Shows numbered lines of a file, which can be linked to. */
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"
import { visible } from "../html/visible.ts"
import type { Line } from "./highlight.ts"

/** Characters of a line that are shown; the raw file has the rest. */
export const lineLengthMax = 2000

/** Returns a line's words within the bound. */
const wordsOf = (line: Line): ReadonlyArray<ComponentChildren> => {
  const shown: Array<ComponentChildren> = []
  let room = lineLengthMax
  for (const { class: colour, text } of line) {
    if (room <= 0) {
      shown.push(h("span", { class: "mark" }, "the rest of this line is in the raw file"))
      break
    }
    const part = visible(text.slice(0, room))
    shown.push(colour === "" ? part : h("span", { class: colour }, part))
    room -= text.length
  }
  return room < 0 ? [...shown, h("span", { class: "mark" }, `${-room} characters more in the raw file`)] : shown
}

/** Lines from number `first` on. */
export const Code = ({ first = 1, lines }: { readonly lines: ReadonlyArray<Line>; readonly first?: number }): VNode =>
  h(
    "div",
    { class: "code", dir: "ltr" },
    lines.map((line, place) => {
      const number = first + place
      return h(
        "div",
        { class: "line", id: `L${number}` },
        h("a", { href: `#L${number}`, tabIndex: -1 }, String(number)),
        h("span", { dir: "auto" }, wordsOf(line))
      )
    })
  )
