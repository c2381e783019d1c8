/** The parts of the page of insights, each of one kind of intel: a picture and the same numbers in words. */
import { orDefault } from "@musehub/domain/base/expected"
import type { IntelItems } from "@musehub/domain/usecase/intel/kinds"
import { Fragment, type VNode } from "preact"
import { Bars, Share } from "../chart/Bars.ts"
import { Table } from "../chart/Table.ts"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Languages as LanguagesBar } from "../html/Languages.ts"
import { countText, Hash, Link } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { periodsOf } from "./activityPeriods.ts"
import { layCoupling, rowHeight, width } from "./CouplingLayout.ts"

/** Of a path. */
const pathLengthMax = 200
/** Periods of the table. */
const periodsListed = 30

/** What a part is of. */
export interface At {
  readonly repository: Named
  /** As the address of the page names it. */
  readonly reference: string | undefined
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** A file, with its history. */
const File = ({ path, reference, repository }: At & { readonly path: string }): VNode =>
  h(
    Fragment,
    null,
    h(
      Link,
      { to: repositoryAddress(repository, "blob", { ref: reference, path }) },
      h(Name, { text: path, max: pathLengthMax })
    ),
    " ",
    h(
      Link,
      { to: repositoryAddress(repository, "history", { ref: reference, path }), class: "soft" },
      "history",
      h("span", { class: "hidden" }, " of ", h(Name, { text: path, max: pathLengthMax }))
    )
  )

/** The parts, by their kinds. */
export const Languages = ({ items }: { readonly items: ReadonlyArray<IntelItems["languages"]> }): VNode =>
  h(LanguagesBar, { items })

type HotspotItem = Extract<IntelItems["hotspots"], { readonly path: string }>

export const Hotspots = ({ items, ...at }: At & { readonly items: ReadonlyArray<HotspotItem> }): VNode => {
  const greatest = Math.max(1, ...items.map(({ commits }) => commits))
  return h(Table, {
    caption: "Files that most commits touch",
    columns: [{ title: "File" }, { title: "Commits" }, { title: "Last", isExtra: true }],
    rows: items.map(({ commits, last, path }) => ({
      head: h(File, { ...at, path }),
      cells: [
        [String(commits), h(Share, { share: commits / greatest })],
        h(Link, { to: repositoryAddress(at.repository, `commit/${last}`) }, h(Hash, { id: last }))
      ]
    }))
  })
}

const Arcs = ({ items, ...at }: At & { readonly items: ReadonlyArray<IntelItems["coupling"]> }): VNode => {
  const { arcs, files, height } = layCoupling(items)
  const label = `Arcs join ${countText(items.length, "pair")} of ${countText(files.length, "file")}`
  return h(
    "div",
    { class: "graph coupling" },
    h(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      arcs.map(({ pair: { a, b, confidence, support }, path, stroke }) =>
        h(
          "path",
          { class: `stroke-${confidence > 0.75 ? 1 : confidence > 0.5 ? 3 : 6} width-${stroke}`, d: path },
          h("title", null, `${a} and ${b}: ${countText(support, "commit")}, ${percent(confidence)}`)
        )
      ),
      files.map((_, row) => h("circle", { class: "fill-rest", cx: width, cy: row * rowHeight + rowHeight / 2, r: 3 }))
    ),
    h(
      "ol",
      null,
      files.map((path) =>
        h(
          "li",
          null,
          h(
            "div",
            null,
            h(
              Link,
              { to: repositoryAddress(at.repository, "blob", { ref: at.reference, path }) },
              h(Name, { text: path, max: pathLengthMax })
            )
          )
        )
      )
    )
  )
}

export const Coupling = ({ items, ...at }: At & { readonly items: ReadonlyArray<IntelItems["coupling"]> }): VNode =>
  h(
    Fragment,
    null,
    h(Arcs, { ...at, items }),
    h(
      "details",
      null,
      h("summary", null, "The same in numbers"),
      h(Table, {
        caption: "Pairs of files that commits touch together",
        columns: [
          { title: "File" },
          { title: "With" },
          { title: "Commits" },
          { title: "Of the rarer one's commits", isExtra: true }
        ],
        rows: items.map(({ a, b, confidence, support }) => ({
          head: h(File, { ...at, path: a }),
          cells: [h(File, { ...at, path: b }), String(support), percent(confidence)]
        }))
      })
    )
  )

/** Owners of a file that are named. */
const ownersNamed = 3

const OwnerNames = ({ owners }: Pick<IntelItems["ownership"], "owners">): VNode =>
  h(
    Fragment,
    null,
    owners
      .slice(0, ownersNamed)
      .map(({ author, share }, place) => [
        place === 0 ? "" : ", ",
        author === "" ? "without a name" : h(Name, { text: author, max: 60 }),
        ` ${percent(share)}`
      ]),
    owners.length > ownersNamed ? ` and ${owners.length - ownersNamed} more` : ""
  )

export const Ownership = ({ items, ...at }: At & { readonly items: ReadonlyArray<IntelItems["ownership"]> }): VNode =>
  h(Table, {
    caption: "Files that fewest authors know",
    columns: [{ title: "File" }, { title: "Bus factor", isExtra: true }, { title: "Authors by share" }],
    rows: items.map(({ busFactor, owners, path }) => ({
      head: h(File, { ...at, path }),
      cells: [String(busFactor), [h(OwnerNames, { owners }), h(Share, { share: orDefault(owners[0]?.share, 0) })]]
    }))
  })

export const Activity = ({ items }: { readonly items: ReadonlyArray<IntelItems["activity"]> }): VNode => {
  const { periods, unit } = periodsOf(items)
  const sum = periods.reduce((total, { commits }) => total + commits, 0)
  const label = `${countText(sum, "commit")} in ${countText(periods.length, unit)}`
  const busy = periods.filter(({ commits }) => commits > 0)
  return h(
    Fragment,
    null,
    h(Bars, {
      label,
      bars: periods
        .toReversed()
        .map(({ commits, from }) => ({ title: `${from}: ${countText(commits, "commit")}`, value: commits }))
    }),
    h("p", { class: "meta" }, `${label}, to the ${unit} of ${orDefault(periods[0]?.from, "no commit")}`),
    h(
      "details",
      null,
      h("summary", null, "The same in numbers"),
      h(Table, {
        caption: `Commits by ${unit}`,
        columns: [
          { title: unit === "day" ? "Day" : "Week from" },
          { title: "Commits" },
          { title: "By agents" },
          { title: "Breaking changes", isExtra: true }
        ],
        rows: busy.slice(0, periodsListed).map(({ agents, breaking, commits, from }) => ({
          head: from,
          cells: [String(commits), String(agents), String(breaking)]
        }))
      }),
      busy.length > periodsListed ? h("p", null, `${countText(busy.length - periodsListed, unit)} more before.`) : null
    )
  )
}
