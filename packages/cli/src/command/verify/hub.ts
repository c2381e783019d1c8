/** `musehub verify` without a clone: checks the hub, its store and its index. */
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import type { Level } from "@musehub/domain/usecase/operations/verify/Inspection"
import type { Verified, VerifyOptions } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { verifyNoted } from "@musehub/domain/usecase/operations/verify/verifyNoted"
import { orDefault } from "@musehub/domain/base/expected"
import { nowIso } from "@musehub/domain/object/now"
import { Effect } from "effect"
import manifest from "../../../package.json" with { type: "json" }
import { HubDamaged } from "../../errors.ts"
import { counted, print, shown } from "../../output.ts"
import { idsOf, type Owned } from "../names.ts"
import { compactHeap } from "../operation/compactHeap.ts"
import { goingOn } from "../operation/goingOn.ts"
import { bytesText } from "../transfer/progressLine.ts"
import { watched } from "../transfer/progressView.ts"

/** Says a finding on one line. */
export const findingLine = ({ _tag, mend, name, place, reason, severity }: Finding): string =>
  shown(`${severity} ${_tag}${name === null ? "" : ` in ${name}`}: ${place} ${reason}; to mend it: ${mend}`)

export const findingJson = ({ _tag, mend, name, place, reason, repository, severity }: Finding) => ({
  finding: _tag,
  severity,
  repository,
  name,
  place,
  reason,
  mend
})

const readable = ({ bytes, faults, mended, notices, objects, packs, repositories, skipped }: Verified): string =>
  `${repositories === 1 ? "1 repository" : `${repositories} repositories`}` +
  `${skipped === 0 ? "" : ` (${skipped} read lately)`}, ${counted(packs, "pack")}, ` +
  `${counted(objects, "object")} read (${bytesText(bytes)}): ` +
  `${faults === 0 ? "no faults" : counted(faults, "fault")}${notices === 0 ? "" : `, ${counted(notices, "notice")}`}` +
  (mended === 0 ? "" : `, ${counted(mended, "fault")} mended`)

export interface HubOptions {
  readonly level: Level
  /** Whether wrong rows are recorded again, and what is lost put back, from a backup or a clone too if there is one. */
  readonly repair: VerifyOptions["repair"]
  /** The repositories to verify; the whole hub if there are none. */
  readonly repositories: ReadonlyArray<Owned>
  /** What was read since then is not read again: milliseconds since 1970. */
  readonly sinceMillis: number | undefined
  /** The percentage of the repositories to read, those first that were read longest ago. */
  readonly sample: number | undefined
  readonly json: boolean
}

/** Verifies the hub. Each finding is a line as soon as it is known. */
export const verifyHub = Effect.fnUntraced(function* ({
  json,
  level,
  repair,
  repositories,
  sample,
  sinceMillis
}: HubOptions) {
  const given = {
    level,
    repair,
    version: manifest.version,
    sample: sample === undefined ? undefined : sample / 100,
    since: sinceMillis === undefined ? undefined : new Date(sinceMillis).toISOString(),
    repositories: repositories.length === 0 ? undefined : yield* idsOf(repositories)
  }
  yield* compactHeap(100)
  const since = orDefault(given.since, yield* nowIso)
  // What was read before a run ended is noted, but at level quick.
  const goOn = level === "quick" ? "run it again" : `to go on where this run ended: add --since ${since}`
  const verified = yield* watched({ verb: "verifying", hidden: json }, (onProgress, clear, found) =>
    verifyNoted({
      ...given,
      onProgress,
      onFinding: (finding) =>
        Effect.andThen(
          Effect.sync(finding.severity === "fault" ? found : clear),
          print(json, findingJson(finding), findingLine(finding))
        )
    })
  ).pipe(goingOn(goOn))
  const { bytes, faults, mended, notices, objects, packs, skipped } = verified
  const counts = { level, repositories: verified.repositories, skipped, packs, objects, bytes, faults, notices, mended }
  yield* print(json, { finding: null, ...counts }, readable(verified))
  if (faults > 0) yield* new HubDamaged({ faults })
})
