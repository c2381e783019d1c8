/** What a run of verify found is kept in the store for those who look later, within bounds. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import {
  findingsMax,
  noVerification,
  repositoryFindingsMax,
  runsMax,
  type VerificationRun
} from "@musehub/domain/hub/verification/VerificationReport"
import { RepositoryId } from "@musehub/domain/object/Id"
import type { Finding, Severity } from "@musehub/domain/usecase/operations/verify/Finding"
import { FindingNotes } from "@musehub/domain/usecase/operations/verify/FindingNotes"
import type { VerifyOptions } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { addingRun, lastVerification, verifyNoted } from "@musehub/domain/usecase/operations/verify/verifyNoted"
import { Effect, Option } from "effect"
import { at, newRepository, startHub, type TestHub } from "../support/hubSamples.ts"
import { packWith } from "../support/losses.ts"
import { grownHub } from "./verified.ts"

/** Verifies as another process does, and returns what is noted afterwards. */
const noted = Effect.fnUntraced(function* (
  { index, store }: Pick<TestHub, "store" | "index">,
  options: Partial<VerifyOptions> = {}
) {
  const other = yield* startHub({ store, index })
  const verified = yield* at(other)(
    verifyNoted({ level: "default", version: "1.2.3", onFinding: () => Effect.void, ...options })
  )
  const report = Option.getOrThrow(yield* at(other)(lastVerification()))
  return { verified, report, run: elementAt(report.runs, 0) }
})

const run: VerificationRun = {
  at: "2026-11-29T00:00:00.000Z",
  version: "1.2.3",
  level: "default",
  scope: "hub",
  repositories: 1,
  skipped: 0,
  packs: 1,
  objects: 1,
  bytes: 1,
  faults: 0,
  notices: 0,
  mended: 0,
  coverage: null
}

const songs = RepositoryId.make("00000000-0000-4000-8000-000000000001")

const finding = (place: number, severity: Severity = "fault", repository: RepositoryId | null = songs): Finding => ({
  _tag: "PackMissing",
  severity,
  repository,
  name: "ada/songs",
  place: `place ${place}`,
  reason: "x".repeat(10_000),
  mend: "restore it"
})

describe("a run of verify", () => {
  it.effect("notes what it read, how much is covered, and what is stored", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      const { report, run: first, verified } = yield* noted(hub)
      assert.deepInclude(first, { version: "1.2.3", level: "default", scope: "hub", packs: verified.packs, faults: 0 })
      assert.deepStrictEqual(first.coverage, { repositories: 1, objects: 1, bytes: 0 })
      const [largest] = report.stock?.largest ?? [undefined]
      assert.deepInclude(largest, { repository: repository.id, name: `ada/${repository.slug}` })
      assert.deepStrictEqual(largest?.amount, report.stock?.amount)
      assert.deepInclude(largest?.amount, { packs: verified.packs, blobs: 1, blobBytes: 270_000 })
      assert.isAbove(largest?.amount.packBytes ?? 0, 0)
      assert.strictEqual(report.stock?.rows.repositories, 1)

      const deep = yield* noted(hub, { level: "deep" })
      assert.deepStrictEqual(deep.run.coverage, { repositories: 1, objects: 1, bytes: 1 })
      assert.deepStrictEqual(
        deep.report.runs.map(({ level }) => level),
        ["deep", "default"]
      )
    })
  )

  it.effect("keeps findings until a run that looks as closely finds them no more", () =>
    Effect.gen(function* () {
      const { first, hub, repository } = yield* grownHub
      const { pack } = yield* packWith(hub.store, repository.id, { type: "commit", id: first.commit.id })
      const key = { repository: repository.id, type: "pack", id: pack.ref.sha256 } as const
      const bytes = yield* hub.store.get(key)
      yield* hub.store.delete(key)
      const sound = yield* newRepository(hub, "sound")
      const { report, verified } = yield* noted(hub)
      const missing = report.findings.find(({ tag }) => tag === "PackMissing")
      assert.deepInclude(missing, { severity: "fault", level: "default", repository: repository.id })
      assert.include(missing?.mend, "musehub verify --deep --repair")
      assert.strictEqual(report.findings.length, verified.faults + verified.notices)

      // Neither another repository nor a quicker look at this one says that it is whole.
      const elsewhere = yield* noted(hub, { repositories: [sound.id] })
      assert.deepStrictEqual(elsewhere.report.findings, report.findings)
      assert.deepInclude(elsewhere.run, { scope: "named", coverage: null })
      assert.deepStrictEqual(elsewhere.report.stock, report.stock)
      const quick = yield* noted(hub, { level: "quick" })
      assert.strictEqual(quick.report.findings.length, report.findings.length)

      yield* hub.store.put(repository.id, { type: "pack", id: key.id, content: bytes } as never)
      const mended = yield* noted(hub, { level: "quick" })
      assert.isTrue(mended.report.findings.every(({ level }) => level === "default"))
      assert.deepStrictEqual((yield* noted(hub, { repositories: [repository.id] })).report.findings, [])
    })
  )

  it("keeps a bounded number of runs and findings, faults first", () => {
    const notes = new FindingNotes()
    notes.begin(songs)
    for (let place = 0; place < repositoryFindingsMax + 5; place += 1) notes.add(finding(place))
    assert.deepStrictEqual([notes.findings.length, notes.left], [repositoryFindingsMax, 5])
    assert.isBelow(elementAt(notes.findings, 0).reason.length, 1000)
    notes.begin(songs)
    assert.deepStrictEqual([notes.findings.length, notes.left], [0, 0])
    for (let place = 0; place < 2 * findingsMax; place += 1) {
      const repository = RepositoryId.make(`00000000-0000-4000-8000-${String(place).padStart(12, "0")}`)
      notes.begin(repository)
      notes.add(finding(place, "notice", repository))
      notes.add(finding(place, "fault", repository))
    }
    let report = noVerification
    for (let count = 0; count < runsMax + 3; count += 1) report = addingRun(report, run, notes, null)
    assert.strictEqual(report.runs.length, runsMax)
    assert.strictEqual(report.findings.length, findingsMax)
    assert.isTrue(report.findings.every(({ severity }) => severity === "fault"))
    assert.strictEqual(report.findings.length + report.findingsLeft, 4 * findingsMax)
  })
})
