/** `musehub probe`: checks that the configured store has the properties that the hub needs. Starts no database. */
import type { ProbeReport } from "@musehub/domain/hub/ProbeReport"
import { probe as probeStore } from "@musehub/domain/usecase/operations/probe"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { StoreUnfit } from "../errors.ts"
import { columns, print } from "../output.ts"
import { musehub, objectStoreOnly } from "./musehub.ts"

const answer = (good: boolean) => (good ? "yes" : "NO")

/** Formats a report as text. */
export const readable = (report: ProbeReport): string =>
  [
    `${report.location}  (${report.at})`,
    columns([
      ["  one of many concurrent creations wins", answer(report.createsRaceSafe)],
      ["  one of many concurrent replacements wins", answer(report.replacesRaceSafe)],
      ["  versions (ETags) come back as given", answer(report.versionsRoundTrip)],
      ["  a listing shows what was just written", answer(report.listsWhatWasWritten)],
      [
        "  wrong checksums are refused (not required)",
        report.checksumEnforced === null ? "cannot be tested" : answer(report.checksumEnforced)
      ]
    ]),
    report.fit ? "fit to serve from" : "NOT fit to serve from, except with MUSEHUB_FENCE=database"
  ].join("\n")

export const probe = Command.make(
  "probe",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const report = yield* probeStore()
    yield* print(json, report, readable(report))
    if (!report.fit) yield* new StoreUnfit({ location: report.location, reasons: report.reasons })
  })
).pipe(
  Command.withDescription(
    "Race conditional writes against the configured object store and say whether a hub can serve from it. " +
      "The report is kept in the store. Exit code 1 if it is unfit. With --json: at, location, " +
      "createsRaceSafe, replacesRaceSafe, versionsRoundTrip, listsWhatWasWritten, checksumEnforced, fit, " +
      "reasons."
  ),
  Command.withShortDescription("Check that the object store is fit to serve from"),
  Command.provide(objectStoreOnly)
)
