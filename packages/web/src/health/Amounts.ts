/** What is stored, as pictures: repositories by their size, and the packs of one. */
import { bytesOfAmount, type StoredAmount } from "@musehub/domain/hub/verification/StoredAmount"
import type { Stock } from "@musehub/domain/hub/verification/VerificationReport"
import type { PackRef } from "@musehub/domain/repository/PackRef"
import { Fragment, type VNode } from "preact"
import { Bars, Share } from "../chart/Bars.ts"
import { Table } from "../chart/Table.ts"
import { h } from "../html/h.ts"
import { countText, Empty, Hash, Link, sizeText, Time } from "../html/parts.ts"

/** Packs of the picture, the first ones, and of the table, the largest. */
const packsDrawn = 300
const packsListed = 30

/** Says what there is: `3 packs (1.2 MiB), 1 large blob (300.0 KiB)`. */
export const amountText = ({ blobBytes, blobs, packBytes, packs }: StoredAmount): string =>
  `${countText(packs, "pack")} (${sizeText(packBytes)})` +
  (blobs === 0 ? "" : `, ${countText(blobs, "large blob")} (${sizeText(blobBytes)})`)

const rowsText = ({ blobs, commits, repositories, snapshots }: Stock["rows"]): string =>
  [
    countText(repositories, "repository", "repositories"),
    countText(commits, "commit"),
    countText(snapshots, "snapshot"),
    countText(blobs, "blob")
  ].join(", ")

/** The repositories that store most. */
export const Repositories = ({ stock }: { readonly stock: Stock }): VNode => {
  const { amount, at, largest, repositories, rows } = stock
  const greatest = Math.max(1, ...largest.map((each) => bytesOfAmount(each.amount)))
  const label = `Sizes of ${countText(largest.length, "repository", "repositories")}, the largest first`
  return h(
    Fragment,
    null,
    h(
      "p",
      null,
      `${countText(repositories, "repository", "repositories")}: ${amountText(amount)}, as verify saw them `,
      h(Time, { at }),
      "."
    ),
    h("p", { class: "meta" }, `Rows of the index then: ${rowsText(rows)}.`),
    h(Bars, {
      label,
      bars: largest.map((each) => ({
        title: `${each.name}: ${amountText(each.amount)}`,
        value: bytesOfAmount(each.amount)
      }))
    }),
    h(Table, {
      caption: label,
      columns: [
        { title: "Repository" },
        { title: "Packs", isExtra: true },
        { title: "Large blobs", isExtra: true },
        { title: "Size" }
      ],
      rows: largest.map((each) => ({
        head: h(Link, { to: `/${each.name}/-/storage` }, each.name),
        cells: [
          String(each.amount.packs),
          String(each.amount.blobs),
          [sizeText(bytesOfAmount(each.amount)), h(Share, { share: bytesOfAmount(each.amount) / greatest })]
        ]
      }))
    })
  )
}

/** The packs that a root names, in their order. */
export const PackSizes = ({ packs }: { readonly packs: ReadonlyArray<PackRef> }): VNode => {
  if (packs.length === 0) return h(Empty, { title: "There are no packs yet" })
  const drawn = packs.slice(0, packsDrawn)
  const listed = packs.toSorted((one, other) => other.size - one.size).slice(0, packsListed)
  const greatest = Math.max(1, ...listed.map(({ size }) => size))
  const label = `Sizes of ${countText(drawn.length, "pack")}, the first one first`
  return h(
    Fragment,
    null,
    h(Bars, {
      label,
      bars: drawn.map(({ objects, sha256, size }) => ({
        title: `${sha256.slice(0, 10)}: ${countText(objects, "object")}, ${sizeText(size)}`,
        value: size
      }))
    }),
    packs.length === drawn.length
      ? null
      : h("p", null, `${countText(packs.length - drawn.length, "pack")} more follow.`),
    h(Table, {
      caption: packs.length === listed.length ? "Packs, the largest first" : `The ${listed.length} largest packs`,
      columns: [{ title: "Pack" }, { title: "Objects" }, { title: "Size" }],
      rows: listed.map(({ objects, sha256, size }) => ({
        head: h(Hash, { id: sha256 }),
        cells: [objects.toLocaleString("en"), [sizeText(size), h(Share, { share: size / greatest })]]
      }))
    }),
    packs.length === listed.length
      ? null
      : h("p", { class: "meta" }, `The table has the ${listed.length} largest of ${countText(packs.length, "pack")}.`)
  )
}
