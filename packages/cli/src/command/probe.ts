/**
 * `musehub probe`: checks that the configured store has the properties that the hub needs, and that the index opens. An
 * embedded index that was never made is left alone.
 */
import type { ProbeReport } from "@musehub/domain/hub/ProbeReport"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { probe as probeStore } from "@musehub/domain/usecase/operations/probe"
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { Command } from "effect/cli"
import { existsSync } from "node:fs"
import { openIndexLayer } from "../Composition.ts"
import type { StorageConfiguration } from "../config/Configuration.ts"
import { endingOf, StoreUnfit } from "../errors.ts"
import { columns, print } from "../output.ts"
import { musehub, objectStoreOnly, storageConfiguration } from "./musehub.ts"
import { indexLine } from "./probe/indexLine.ts"

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
      ["  a part of an object is read by itself (not required)", answer(report.readsRanges)],
      ["  what is deleted is gone (not required)", answer(report.deletes)],
      [
        "  wrong checksums are refused (not required)",
        report.checksumEnforced === null ? "cannot be tested" : answer(report.checksumEnforced)
      ]
    ]),
    report.fit ? "fit to serve from" : "NOT fit to serve from, except with MUSEHUB_FENCE=database"
  ].join("\n")

const isUnmade = ({ index: { value } }: StorageConfiguration): boolean =>
  value.scheme === "embedded" && !existsSync(Redacted.value(value.text).slice("embedded:".length))

/** Opens the index, as the hub does at its start, and returns what it can do; null if it is still to be made. */
const probeIndex = Effect.fnUntraced(function* (configuration: StorageConfiguration) {
  if (isUnmade(configuration)) return null
  const services = yield* Layer.build(openIndexLayer(configuration))
  return yield* Context.get(services, RepositoryIndex).probe
}, Effect.scoped)

export const probe = Command.make(
  "probe",
  {},
  Effect.fn(function* () {
    const { json } = yield* musehub
    const report = yield* probeStore()
    const index = yield* Effect.result(probeIndex(yield* storageConfiguration))
    const found = Result.isFailure(index) ? { fit: false, reasons: [endingOf(index.failure).message] } : index.success
    const line = Result.isFailure(index)
      ? `NOT usable: ${endingOf(index.failure).message}`
      : index.success === null
        ? "made at the first start of the hub"
        : `${index.success.location}  (${indexLine(index.success)})`
    yield* print(json, { ...report, index: found }, `${readable(report)}\nindex: ${line}`)
    if (!report.fit) yield* new StoreUnfit({ location: report.location, reasons: report.reasons })
    yield* Effect.fromResult(index)
  })
).pipe(
  Command.withDescription(
    "Race conditional writes against the configured object store and say whether a hub can serve from it, and open " +
      "the index and say what it can do. The store's report is kept in the store. Exit code 1 if the store is unfit, " +
      "3 if the index does not open. With --json: at, location, " +
      "createsRaceSafe, replacesRaceSafe, versionsRoundTrip, listsWhatWasWritten, readsRanges, deletes, " +
      "checksumEnforced, fit, reasons, index (at, location, server, encoding, writable, pooled, encrypted, fit, " +
      "reasons; fit and reasons if it does not open; null if the embedded one is still to be made)."
  ),
  Command.withShortDescription("Check that object store and index are fit to serve from"),
  Command.provide(objectStoreOnly)
)
