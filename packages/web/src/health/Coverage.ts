/** How much of the store verify has read, over time, and its last runs. */
import type { NotedCoverage, VerificationRun } from "@musehub/domain/hub/verification/VerificationReport"
import { recentDays } from "@musehub/domain/usecase/operations/verify/coverage"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { Lines, type Moment } from "../chart/Lines.ts"
import { Swatch } from "../chart/Swatch.ts"
import { Table } from "../chart/Table.ts"
import { h } from "../html/h.ts"
import { Commands, countText, sizeText, Time } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"

interface CoveredRun extends VerificationRun {
  readonly coverage: NotedCoverage
}

const isCovered = (run: VerificationRun): run is CoveredRun => run.coverage !== null

const lineOf = (runs: ReadonlyArray<CoveredRun>, of: "bytes" | "objects"): ReadonlyArray<Moment> =>
  runs
    .map(({ at, coverage }) => ({ at: Date.parse(at), share: coverage[of] / Math.max(1, coverage.repositories) }))
    .toSorted((one, other) => one.at - other.at)

const names = { objects: "all but the bytes of blobs", bytes: "every byte" } as const

const sentence = ({ bytes, objects, repositories }: NotedCoverage): string =>
  `In ${recentDays} days, verify has read ${names.bytes} of ${bytes} of ` +
  `${countText(repositories, "repository", "repositories")}, and ${names.objects} of ${objects}`

const scopes = { hub: "all", sample: "a sample", named: "some" } as const

/** Runs of the table. */
const runsListed = 30

const Runs = ({ runs }: { readonly runs: ReadonlyArray<VerificationRun> }): VNode =>
  h(
    "details",
    null,
    h("summary", null, `The last ${countText(Math.min(runsListed, runs.length), "run")}`),
    h(Table, {
      caption: "Runs of verify",
      columns: [
        { title: "When" },
        { title: "Level" },
        { title: "Of" },
        { title: "Read", isExtra: true },
        { title: "Findings" },
        { title: `Within ${recentDays} days`, isExtra: true }
      ],
      rows: runs
        .slice(0, runsListed)
        .map(({ at, bytes, coverage, faults, level, notices, objects, repositories, scope, version }) => ({
          head: [h(Time, { at }), h("div", { class: "meta" }, version)],
          cells: [
            level,
            `${scopes[scope]}: ${repositories}`,
            `${countText(objects, "object")}, ${sizeText(bytes)}`,
            `${countText(faults, "fault")}, ${countText(notices, "notice")}`,
            coverage === null ? "not counted" : `${coverage.objects} and ${coverage.bytes} of ${coverage.repositories}`
          ]
        }))
    })
  )

/** Shows runs, last first. */
export const Coverage = ({ runs }: { readonly runs: ReadonlyArray<VerificationRun> }): VNode => {
  const { now } = useContext(SiteContext)
  const covered = runs.filter(isCovered)
  const [last] = covered
  if (last === undefined) {
    return h(
      Fragment,
      null,
      h("p", null, "No run has read all repositories yet. This does, and may run beside the hub:"),
      h(Commands, { label: "The command that verifies the hub", lines: ["musehub verify"] }),
      runs.length === 0 ? null : h(Runs, { runs })
    )
  }
  const label = sentence(last.coverage)
  return h(
    Fragment,
    null,
    h("p", null, `${label}. The last run ended `, h(Time, { at: last.at }), "."),
    h(Lines, { label, now, lines: [lineOf(covered, "objects"), lineOf(covered, "bytes")] }),
    h(
      "ul",
      { class: "legend" },
      Object.values(names).map((name, place) => h("li", null, h(Swatch, { place }), name)),
      h("li", { class: "soft" }, "share of the repositories, from 0 to 100 %, since the first of these runs")
    ),
    h(Runs, { runs })
  )
}
