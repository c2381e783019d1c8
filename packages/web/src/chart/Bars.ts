/** Bars of numbers, without axes: what they are of stands beside them, and in a table. */
import type { VNode } from "preact"
import { h } from "../html/h.ts"
import { colourOf } from "./Swatch.ts"
import { Drawing, height, rounded, width } from "./Drawing.ts"

/** Bars have at most the width that this many of them have. */
const slotsMin = 24
/** Of a bar whose value is not 0. */
const heightMin = 1.5

export interface Bar {
  /** What a pointer that rests on it is told. */
  readonly title: string
  /** 0 or more. */
  readonly value: number
}

/** Draws upright bars beside each other, as high as their values against the greatest. */
export const Bars = ({ bars, label }: { readonly bars: ReadonlyArray<Bar>; readonly label: string }): VNode => {
  const greatest = Math.max(1, ...bars.map(({ value }) => value))
  const step = width / Math.max(slotsMin, bars.length)
  const gap = Math.min(1, step / 5)
  return h(
    Drawing,
    { label },
    bars.map(({ title, value }, place) => {
      const high = value === 0 ? 0 : Math.max(heightMin, (value / greatest) * height)
      return h(
        "rect",
        {
          class: "fill-1",
          x: rounded(place * step),
          y: rounded(height - high),
          width: rounded(step - gap),
          height: rounded(high)
        },
        h("title", null, title)
      )
    })
  )
}

const [shareWidth, shareHeight] = [120, 10]

/** Draws a share of a whole, from 0 to 1, beside the number that says it. */
export const Share = ({ place = 0, share }: { readonly share: number; readonly place?: number }): VNode =>
  h(
    "svg",
    {
      class: "share",
      viewBox: `0 0 ${shareWidth} ${shareHeight}`,
      width: "100%",
      height: shareHeight,
      preserveAspectRatio: "none",
      "aria-hidden": "true"
    },
    h("rect", {
      class: `fill-${colourOf(place)}`,
      width: rounded(Math.max(1, Math.min(1, share) * shareWidth)),
      height: shareHeight,
      rx: 1
    })
  )
