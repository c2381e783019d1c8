/** The frame of a drawing that is as wide as its place, and is told to screen readers by its label. */
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"

export const [width, height] = [600, 96] as const

/** Rounds a length for a drawing. */
export const rounded = (length: number): number => Math.round(length * 100) / 100

export const Drawing = ({
  children,
  kind = "chart",
  label
}: {
  readonly label: string
  readonly kind?: string
  readonly children?: ComponentChildren
}): VNode =>
  h(
    "svg",
    {
      class: kind,
      viewBox: `0 0 ${width} ${height}`,
      width: "100%",
      height,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label
    },
    children
  )
