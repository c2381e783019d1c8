/** What a drill tells, as lines for people. */
import type { DrillReport } from "@musehub/domain/hub/DrillReport"
import { fullNameText } from "@musehub/domain/repository/Names"
import type { ComparedFetch, FetchAnswer } from "@musehub/domain/usecase/operations/drill/compareFetches"
import { filledAgain, neverStored } from "@musehub/domain/usecase/operations/drill/notRestored"
import { counted, shown } from "../../../output.ts"
import { bytesText, durationText } from "../../transfer/progressLine.ts"

const took = (millis: number): string =>
  millis < 10_000 ? `${(millis / 1000).toFixed(1)} s` : durationText(millis / 1000)

/** Says how long recovery took. */
export const timesText = ({ rebuiltMillis, servedMillis }: DrillReport): string =>
  `refs served after ${took(servedMillis)}, whole index after ${took(rebuiltMillis)}`

/** Counts all that was found. */
export const findingsOf = ({ differences, extraRows, faults, losses }: DrillReport): number =>
  losses + faults + extraRows + differences

/** Says what was found, by kind. */
export const findingsText = (report: DrillReport): string => {
  const { differences, extraRows, faults, losses } = report
  if (findingsOf(report) === 0) return "nothing was lost"
  const found = [
    losses === 0 ? "" : counted(losses, "loss"),
    faults === 0 ? "" : counted(faults, "fault"),
    extraRows === 0 ? "" : `${counted(extraRows, "row")} that the store does not give`,
    differences === 0 ? "" : `${counted(differences, "clone")} not the same`
  ]
  return found.filter((text) => text !== "").join(", ")
}

const answerText = ({ bytes, failure, sha256 }: FetchAnswer): string =>
  failure === null ? `${bytes} bytes, sha256 ${String(sha256)}` : `fails: ${failure}`

/** Says how two answers of one repository differ, and what to do. */
export const cloneLine = ({ live, name, rebuilt }: ComparedFetch): string =>
  shown(
    `${fullNameText(name)} is not the same after a rebuild: now ${answerText(live)}; then ${answerText(rebuilt)}; ` +
      `musehub verify --repo ${fullNameText(name)} says which is wrong`
  )

const comparedText = ({ compared, comparedBytes, moving, repositories }: DrillReport): string =>
  `clones of ${compared} of ${counted(repositories, "repository")} compared, byte for byte ` +
  `(${bytesText(comparedBytes)})` +
  (moving === 0 ? "" : `; ${counted(moving, "repository")} moved all the time`)

/** The whole report. */
export const reportLines = (report: DrillReport): string => {
  const { comparedMillis, faults, level, packs, repositories, verifiedMillis } = report
  return [
    `recovery      ${timesText(report)} (${counted(repositories, "repository")}, ${counted(packs, "pack")})`,
    `verification  ${level}, ${took(verifiedMillis)}: ${faults === 0 ? "no faults" : counted(faults, "fault")}`,
    `comparison    ${comparedText(report)}, ${took(comparedMillis)}`,
    `outcome       ${findingsText(report)}`,
    "",
    "what does not come back from the store, and what makes it anew:",
    ...neverStored.map(({ remedy, what, why }) => `  ${what}: ${why} -> ${remedy}`),
    `and ${filledAgain.length} tables and columns that fill themselves again, which --json lists`
  ].join("\n")
}
