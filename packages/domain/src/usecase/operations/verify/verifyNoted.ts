/**
 * Verifies the hub for its operator, and notes in the store what the run read and found (`hub/verification/latest`), so
 * that pages and other commands can tell without reading all of it again. A run that was stopped notes nothing here.
 */
import { Effect, Option } from "effect"
import { verificationCodec } from "../../../hub/codecs.ts"
import {
  findingsMax,
  type NotedFinding,
  noVerification,
  runsMax,
  type Stock,
  type VerificationReport,
  type VerificationRun
} from "../../../hub/verification/VerificationReport.ts"
import { nowIso } from "../../../object/now.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { RepositoryIndex } from "../../../port/index/RepositoryIndex.ts"
import { DocumentName } from "../../../repository/Names.ts"
import { notedInStore, noteInStore } from "../noteInStore.ts"
import { coverage } from "./coverage.ts"
import { FindingNotes } from "./FindingNotes.ts"
import type { Level } from "./Inspection.ts"
import {
  type Verified,
  verifyHub,
  type VerifyHubError,
  type VerifyHubServices,
  type VerifyOptions
} from "./verifyHub.ts"

const latest = { kind: "hub", collection: "verification", name: DocumentName.make("latest") } as const

/** Returns what the last runs of verify noted; none before the first. A damaged note counts as none. */
export const lastVerification = Effect.fn("lastVerification")(function* (): Effect.fn.Return<
  Option.Option<VerificationReport>,
  StoreUnavailable,
  ObjectStore
> {
  return yield* notedInStore(latest, verificationCodec)
})

const levels: ReadonlyArray<Level> = ["quick", "default", "deep"]
const severities: ReadonlyArray<NotedFinding["severity"]> = ["fault", "notice"]

const inOrder = (one: NotedFinding, other: NotedFinding): number =>
  severities.indexOf(one.severity) - severities.indexOf(other.severity)

const isSame = (one: NotedFinding, other: NotedFinding): boolean => one.tag === other.tag && one.place === other.place

/** Says whether a run looked where a finding was, as closely as the run that found it. */
const isLookedAt = ({ level, scope }: VerificationRun, notes: FindingNotes, finding: NotedFinding): boolean => {
  const { repository } = finding
  const isThere = repository === null ? scope !== "named" : scope === "hub" || notes.has(repository)
  return isThere && levels.indexOf(level) >= levels.indexOf(finding.level)
}

/** Adds a run to a report. Its findings are put in place of those that it would have found again. */
export const addingRun = (
  before: VerificationReport,
  run: VerificationRun,
  notes: FindingNotes,
  stock: Stock | null
): VerificationReport => {
  const { at, level } = run
  const found = notes.findings.map((finding): NotedFinding => ({ at, level, ...finding }))
  const kept = before.findings.filter(
    (finding) => !isLookedAt(run, notes, finding) && !found.some((each) => isSame(each, finding))
  )
  const findings = [...found, ...kept].toSorted(inOrder)
  return {
    runs: [run, ...before.runs].slice(0, runsMax),
    findings: findings.slice(0, findingsMax),
    findingsLeft:
      notes.left + (run.scope === "hub" ? 0 : before.findingsLeft) + Math.max(0, findings.length - findingsMax),
    stock: stock ?? before.stock
  }
}

const scopeOf = ({ repositories, sample }: VerifyOptions): VerificationRun["scope"] =>
  repositories !== undefined ? "named" : sample === undefined ? "hub" : "sample"

/** Verifies as `verifyHub` does, and notes the run. */
export const verifyNoted = Effect.fn("verifyNoted")(function* (
  options: VerifyOptions
): Effect.fn.Return<Verified, VerifyHubError, VerifyHubServices> {
  const notes = new FindingNotes()
  const verified = yield* verifyHub({
    ...options,
    onInspecting: (repository) => notes.begin(repository),
    onFinding: (finding) =>
      Effect.andThen(
        Effect.sync(() => notes.add(finding)),
        options.onFinding(finding)
      )
  })
  const { bytes, faults, mended, notices, objects, packs, repositories, skipped } = verified
  const counts = { repositories, skipped, packs, objects, bytes, faults, notices, mended }
  const at = yield* nowIso
  const scope = scopeOf(options)
  // What the notes of all repositories say costs a read of each: no run of a few ones pays for it.
  const covered = scope === "named" || options.level === "quick" ? undefined : yield* coverage()
  const run: VerificationRun = {
    at,
    version: options.version,
    level: options.level,
    scope,
    ...counts,
    coverage:
      covered === undefined
        ? null
        : {
            repositories: covered.repositories,
            objects: covered.objects.recently,
            bytes: covered.bytes.recently
          }
  }
  const stock = covered === undefined ? null : { at, ...covered.stored, rows: yield* (yield* RepositoryIndex).counts }
  const before = Option.getOrElse(yield* lastVerification(), () => noVerification)
  yield* noteInStore(latest, verificationCodec, addingRun(before, run, notes, stock), "the run of verify")
  return verified
})
