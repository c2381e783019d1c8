/** Shares of a whole over time, as lines of steps: a value holds until the next one. */
import type { VNode } from "preact"
import { h } from "../html/h.ts"
import { Drawing, height, rounded, width } from "./Drawing.ts"

export interface Moment {
  /** In milliseconds since 1970. */
  readonly at: number
  /** From 0 to 1. */
  readonly share: number
}

/** Returns the path of a line through moments, in ascending order of time, from `from` to `to`. */
export const stepPath = (moments: ReadonlyArray<Moment>, from: number, to: number): string => {
  const span = Math.max(1, to - from)
  const xOf = (at: number): number => rounded(((Math.min(to, Math.max(from, at)) - from) / span) * width)
  const yOf = (share: number): number => rounded(height - 1 - Math.min(1, Math.max(0, share)) * (height - 2))
  const [first, ...rest] = moments
  if (first === undefined) return ""
  const steps = rest.map(({ at, share }) => `H${xOf(at)}V${yOf(share)}`).join("")
  return `M${xOf(first.at)} ${yOf(first.share)}${steps}H${width}`
}

/** Draws lines of shares from the first moment of all until `now`. */
export const Lines = ({
  label,
  lines,
  now
}: {
  readonly label: string
  readonly lines: ReadonlyArray<ReadonlyArray<Moment>>
  readonly now: number
}): VNode => {
  const from = Math.min(now - 1, ...lines.flatMap((moments) => moments.map(({ at }) => at)))
  return h(
    Drawing,
    { kind: "chart lines", label },
    h("path", {
      class: "rule",
      d: [0, 0.5, 1].map((share) => `M0 ${rounded(height - 1 - share * (height - 2))}H${width}`).join(""),
      "vector-effect": "non-scaling-stroke"
    }),
    lines.map((moments, place) =>
      h("path", {
        class: `stroke-${place + 1}`,
        d: stepPath(moments, from, now),
        "vector-effect": "non-scaling-stroke"
      })
    )
  )
}
