/** A square in one of the colours of pictures, beside the name of what has that colour there. */
import type { VNode } from "preact"
import { h } from "../html/h.ts"

/** Colours there are; what comes after them shares one. */
const colours = 6
const size = 9

/** Returns the colour of a place, from 0, as the style sheet names it. */
export const colourOf = (place: number): string => (place < colours ? String(place + 1) : "rest")

export const Swatch = ({ place }: { readonly place: number }): VNode =>
  h(
    "svg",
    { class: "swatch", width: size, height: size, "aria-hidden": "true" },
    h("rect", { width: size, height: size, rx: 2, class: `fill-${colourOf(place)}` })
  )
