/**
 * `musehub status`: shows where object store and index are and what they hold. Fails, naming the one, if either does
 * not answer.
 */
import { type Status, status as readStatus } from "@musehub/domain/usecase/operations/status"
import { type Coverage, coverage, type Covered, recentDays } from "@musehub/domain/usecase/operations/verify/coverage"
import type { Deleted } from "@musehub/domain/usecase/operations/deletions"
import type { AdoptionReport } from "@musehub/domain/hub/verification/AdoptionReport"
import type { DrillReport } from "@musehub/domain/hub/DrillReport"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { extractorSetting } from "../config/Configuration.ts"
import { columns, counted, print, shown } from "../output.ts"
import { findingsText, timesText } from "./operation/drill/drillLines.ts"
import { indexLine } from "./probe/indexLine.ts"
import { musehub, presentStorage } from "./musehub.ts"
import { deletedJson } from "./repo/view.ts"

const coverageFlag = Flag.Boolean("coverage").pipe(
  Flag.withDescription(
    "Also say how much of the store `musehub verify` has read, and when: a small read for each repository"
  ),
  Flag.withDefault(false)
)

const coveredLine = ({ oldest, recently, repositories }: Covered, all: number): string => {
  if (oldest === null) return `of none of ${counted(all, "repository")}`
  return recently === all
    ? `within the last ${recentDays} days, the oldest part at ${oldest}`
    : `of ${repositories} of ${counted(all, "repository")} since ${oldest}, of ${recently} within ${recentDays} days`
}

const coverageLines = ({ bytes, objects, repositories }: Coverage) =>
  [
    ["all but the bytes of blobs was read", coveredLine(objects, repositories)],
    ["every byte was read", coveredLine(bytes, repositories)]
  ] as const

const coverageJson = ({ bytes, objects, repositories }: Coverage) => ({
  repositories,
  objects: { ...objects },
  bytes: { ...bytes }
})

const drillLine = (drill: DrillReport): string => `${drill.at}: ${timesText(drill)}, ${findingsText(drill)}`

/** Without an extractor nobody works off symbols. */
const pendingText = ({ extractor, pending }: Pick<Status, "extractor" | "pending">): string => {
  const { lines, marks, symbols, touches } = pending
  const left = [
    ...(touches === 0 ? [] : [`touches of ${counted(touches, "commit")}`]),
    ...(lines === 0 ? [] : [`lines of ${counted(lines, "commit")}`]),
    ...(marks === 0 ? [] : [`marks of ${counted(marks, "identity")}`]),
    ...(symbols === 0 || extractor === null ? [] : [`symbols of ${counted(symbols, "commit")}`])
  ]
  return left.length === 0 ? "nothing" : `${left.join(", ")}, which \`serve\` and \`derive\` work off`
}

const deletedText = ([first, ...others]: ReadonlyArray<Deleted>): string =>
  first === undefined
    ? "nothing that can be brought back"
    : `${counted(1 + others.length, "repository")}, the first kept until ${first.until}: musehub repo list --deleted`

/** Rows that are listed; --json has more. */
const rowsShown = 20

const adoptionText = ({ at, left, more }: AdoptionReport): string => {
  const rows = left.length + more
  return rows === 0
    ? `${at}: nothing stays behind in the legacy hub`
    : `${at}: ${counted(rows, "row")} of the legacy hub ${rows === 1 ? "stays" : "stay"} behind:`
}

const adoptionRows = ({ left, more }: AdoptionReport): ReadonlyArray<string> => {
  const others = Math.max(0, left.length - rowsShown) + more
  return [
    ...left.slice(0, rowsShown).map(({ reason, repository, row }) => shown(`  ${repository}: ${row}: ${reason}`)),
    ...(others === 0 ? [] : [`  and ${counted(others, "other")}, of which --json has those that are noted`])
  ]
}

export const status = Command.make(
  "status",
  { coverage: coverageFlag },
  Effect.fn(function* (flags) {
    const { json } = yield* musehub
    const { adoption, objectStore, index, counts, deleted, drill, extractor, indexProbe, pending, probe } =
      yield* readStatus()
    const fitness = probe === null ? "never probed" : `${probe.fit ? "fit" : "NOT fit"}, probed ${probe.at}`
    const covered = flags.coverage ? yield* coverage() : undefined
    yield* print(
      json,
      {
        objectStore,
        index,
        counts,
        pending,
        deleted: deleted.map(deletedJson),
        extractor,
        indexProbe,
        probe,
        drill,
        adoption,
        ...(covered === undefined ? {} : { coverage: coverageJson(covered) })
      },
      [
        columns([
          ["objects", `${objectStore}  (${fitness})`],
          ["index", `${index}  (${indexLine(indexProbe)})`],
          ["repositories", String(counts.repositories)],
          ["commits", String(counts.commits)],
          ["snapshots", String(counts.snapshots)],
          ["blobs", String(counts.blobs)],
          ["to derive", pendingText({ extractor, pending })],
          ["symbols", extractor === null ? `off (${extractorSetting.variable})` : `extracted by ${extractor}`],
          ["deleted", deletedText(deleted)],
          ["drill", drill === null ? "never: musehub drill" : drillLine(drill)],
          ...(covered === undefined ? [] : coverageLines(covered)),
          ...(adoption === null ? [] : [["adoption", adoptionText(adoption)]])
        ]),
        ...(adoption === null ? [] : adoptionRows(adoption))
      ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Show where objects and index are stored, what the index holds, what is left to derive, what was deleted and can " +
      "be brought back, the last probe's result, how long recovery took in the last drill, and what musehub adopt " +
      "left behind. Exit code 3 if either does not answer. With --json: objectStore, index, counts, pending " +
      "(touches, lines and symbols: of how many " +
      "commits; marks: of how many identities), deleted (as repo list --deleted), extractor (of symbols, or null), " +
      "indexProbe, probe (of the object store, or null), drill (the report of the last one, or null), adoption " +
      "(null, or at, version, left (repository, row, reason each), more (how many rows beyond those)), and coverage " +
      "if asked for (repositories, and for objects and bytes repositories, recently and oldest)."
  ),
  Command.withShortDescription("Show where data is stored and whether it is available"),
  Command.provide(presentStorage)
)
