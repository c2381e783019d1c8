/** A bar of the languages of a tree, by the files of each. */
import type { LanguageItem } from "@musehub/domain/reading/intel/languages"
import { Fragment, type VNode } from "preact"
import { colourOf, Swatch } from "../chart/Swatch.ts"
import { h } from "./h.ts"
import { countText } from "./parts.ts"

const [width, height] = [600, 12]

export const Languages = ({ items }: { readonly items: ReadonlyArray<LanguageItem> }): VNode => {
  const sum = items.reduce((total, { files }) => total + files, 0)
  const widths = items.map(({ files }) => (files / sum) * width)
  const nameOf = ({ language }: LanguageItem): string => language ?? "Other"
  return h(
    Fragment,
    null,
    h(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width: "100%", height, preserveAspectRatio: "none", "aria-hidden": "true" },
      widths.map((length, place) =>
        h("rect", {
          class: `fill-${colourOf(place)}`,
          x: widths.slice(0, place).reduce((total, before) => total + before, 0),
          width: Math.max(0, length - 1),
          height
        })
      )
    ),
    h(
      "ul",
      { class: "legend" },
      items.map((item, place) =>
        h(
          "li",
          null,
          h(Swatch, { place }),
          nameOf(item),
          " ",
          h("span", { class: "soft" }, countText(item.files, "file"))
        )
      )
    )
  )
}
