/** Where objects and index are, what was found out of each, and what is left to derive. */
import type { DrillReport } from "@musehub/domain/hub/DrillReport"
import type { IndexReport } from "@musehub/domain/hub/IndexReport"
import type { ProbeReport } from "@musehub/domain/hub/ProbeReport"
import { pendingCountedMax } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { Pending } from "@musehub/domain/usecase/operations/hubHealth"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Commands, countText, sizeText, Tag, Time } from "../html/parts.ts"
import { Prose } from "../html/visible.ts"

const reasonLengthMax = 2000

const Reasons = ({ reasons }: { readonly reasons: ReadonlyArray<string> }): VNode =>
  h(
    Fragment,
    null,
    reasons.map((text) => h(Prose, { text, max: reasonLengthMax }))
  )

const Fitness = ({ fit }: { readonly fit: boolean }): VNode =>
  h(Tag, { kind: fit ? "accent" : "warm" }, fit ? "fit" : "not fit")

/** What the last probe found of the store. */
export const StoreState = ({ probe }: { readonly probe: ProbeReport | null }): VNode =>
  probe === null
    ? h(Commands, { label: "The command that probes the store", lines: ["musehub probe"] })
    : h(
        Fragment,
        null,
        h("p", null, h(Fitness, { fit: probe.fit }), " probed ", h(Time, { at: probe.at })),
        h(Reasons, { reasons: probe.reasons })
      )

/** What the index can do at the moment. */
export const IndexState = ({
  report: { encrypted, fit, pooled, reasons, server, writable }
}: {
  readonly report: IndexReport
}): VNode =>
  h(
    Fragment,
    null,
    h(
      "p",
      null,
      h(Fitness, { fit }),
      ` ${server}, ${writable ? "takes writes" : "takes no writes"}${pooled ? ", behind a pooler" : ""}`,
      encrypted ? ", over an encrypted connection" : ""
    ),
    h(Reasons, { reasons })
  )

const derived = {
  touches: { title: "Touches of paths", unit: "commit", units: "commits" },
  lines: { title: "Lines", unit: "commit", units: "commits" },
  symbols: { title: "Symbols", unit: "commit", units: "commits" },
  marks: { title: "Follows and stars", unit: "identity", units: "identities" }
} as const

/** What is left to derive. */
export const PendingWork = ({
  extractor,
  pending
}: {
  readonly pending: Pending
  /** Null: symbols are not extracted. */
  readonly extractor: string | null
}): VNode => {
  const left = Object.entries(derived).flatMap(([name, { title, unit, units }]) =>
    name === "symbols" && extractor === null ? [] : [{ title, unit, units, count: pending[name as keyof Pending] }]
  )
  const sum = left.reduce((total, { count }) => total + count, 0)
  return h(
    Fragment,
    null,
    h(
      "dl",
      { class: "facts" },
      left.map(({ count, title, unit, units }) => [
        h("dt", null, title),
        h("dd", null, countText(count, unit, units), count < pendingCountedMax ? "" : " or more", " left")
      ])
    ),
    sum === 0
      ? h("p", { class: "meta" }, "All is derived.")
      : h("p", { class: "meta" }, "A serving hub works it off beside the requests; musehub derive does it now."),
    h(
      "p",
      { class: "meta" },
      extractor === null ? "Symbols are off (MUSEHUB_EXTRACTOR)." : `Symbols are extracted by ${extractor}.`
    )
  )
}

const seconds = (millis: number): string => `${(millis / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} s`

const lossesOf = ({ differences, extraRows, faults, losses }: DrillReport): string =>
  losses + faults + extraRows + differences === 0
    ? "nothing was lost"
    : [
        countText(losses, "loss", "losses"),
        countText(faults, "fault"),
        `${countText(extraRows, "row")} that the store does not give`,
        `${countText(differences, "clone")} not the same`
      ].join(", ")

/** What the last drill told of how long recovery takes. */
export const Drill = ({ report }: { readonly report: DrillReport | null }): VNode => {
  if (report === null) {
    return h(
      Fragment,
      null,
      h("p", null, "The loss of the database was never rehearsed. This does, beside the hub:"),
      h(Commands, { label: "The command that rehearses the loss of the database", lines: ["musehub drill"] })
    )
  }
  const { at, compared, comparedBytes, packs, rebuiltMillis, repositories, servedMillis, version } = report
  const facts = [
    ["When", h(Time, { at })],
    ["Version", version],
    ["Outcome", lossesOf(report)],
    ["Refs served after", seconds(servedMillis)],
    ["Whole index after", seconds(rebuiltMillis)],
    ["Rebuilt", `${countText(repositories, "repository", "repositories")}, ${countText(packs, "pack")}`],
    ["Clones compared", `${compared} (${sizeText(comparedBytes)})`]
  ] as const
  return h(
    "dl",
    { class: "facts" },
    facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)])
  )
}
