/** `musehub drill`: rehearses the loss of the database. */
import { Meter } from "@musehub/client/Progress"
import { orDefault } from "@musehub/domain/base/expected"
import { fullNameText } from "@musehub/domain/repository/Names"
import type { ComparedFetch, FetchAnswer } from "@musehub/domain/usecase/operations/drill/compareFetches"
import { drillHub, type DrillStage } from "@musehub/domain/usecase/operations/drill/drillHub"
import { notRestored } from "@musehub/domain/usecase/operations/drill/notRestored"
import { Effect, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import manifest from "../../../../package.json" with { type: "json" }
import { shadowIndex } from "../../../Composition.ts"
import { DrillFailed } from "../../../errors.ts"
import { hint, print } from "../../../output.ts"
import { musehub, storageConfiguration, usedStorage } from "../../musehub.ts"
import { idsOf, repositoriesFlag } from "../../names.ts"
import { watched } from "../../transfer/progressView.ts"
import { findingJson, findingLine } from "../../verify/hub.ts"
import { compactHeap } from "../compactHeap.ts"
import { goingOn } from "../goingOn.ts"
import { rowJson, rowLine } from "../prove.ts"
import { telling } from "../rebuilding.ts"
import { cloneLine, findingsOf, reportLines } from "./drillLines.ts"

const stageLines: { readonly [S in DrillStage]: string } = {
  rebuild: "filling an empty index from the store, beside the live one",
  verify: "verifying the store against that index",
  compare: "comparing clones from both indexes"
}

const answerJson = ({ bytes, failure, sha256 }: FetchAnswer) => ({ bytes, sha256, failure })

const cloneJson = ({ live, name, rebuilt }: ComparedFetch) => ({
  clone: fullNameText(name),
  live: answerJson(live),
  rebuilt: answerJson(rebuilt)
})

export const drill = Command.make(
  "drill",
  {
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription("Verify roots, listings and the ends of packs alone, as musehub verify --quick does"),
      Flag.withDefault(false)
    ),
    sample: Flag.Int("sample").pipe(
      Flag.withMetavar("COUNT"),
      Flag.withDescription("Compare clones of this many repositories, chosen at random (default: all)"),
      Flag.filter(
        (count) => count >= 0,
        () => "a whole number from 0 on"
      ),
      Flag.optional
    ),
    repositories: repositoriesFlag("Rehearse the loss of this repository alone; may be repeated. No report is kept")
  },
  Effect.fn(function* ({ quick, repositories, sample }) {
    const { json } = yield* musehub
    yield* compactHeap(40)
    if (Option.isSome(sample) && repositories.length > 0) {
      return yield* new CliError.ValidationError({ message: "--sample and --repo exclude each other" })
    }
    const chosen = repositories.length === 0 ? undefined : yield* idsOf(repositories)
    const shadow = yield* shadowIndex(yield* storageConfiguration)
    const report = yield* watched({ verb: "drilling", hidden: json }, (onProgress, clear, found) => {
      const show = orDefault(onProgress, () => undefined)
      const finding = (line: Effect.Effect<void>) => Effect.andThen(Effect.sync(found), line)
      const meter = new Meter(show)
      let compared = 0
      return drillHub({
        shadow,
        level: quick ? "quick" : "default",
        repositories: chosen,
        sample: Option.getOrUndefined(sample),
        version: manifest.version,
        rebuild: telling(json, onProgress, clear, found),
        onStage: (stage) => (json ? Effect.void : Effect.andThen(Effect.sync(clear), hint(stageLines[stage]))),
        onVerifying: show,
        onFinding: (fault) => finding(print(json, findingJson(fault), findingLine(fault))),
        onExtraRow: (row) => finding(print(json, rowJson(row), rowLine(row))),
        onCompared: (answers, isSame, all) => {
          if (compared === 0) meter.promised(all, 0)
          compared += 1
          meter.passed(1, answers.rebuilt.bytes)
          return isSame ? Effect.void : finding(print(json, cloneJson(answers), cloneLine(answers)))
        }
      })
    }).pipe(goingOn("the drill was not finished, and changed nothing: run it again"))
    const lacking = notRestored.map(({ remedy, what, why }) => ({ what, why, remedy }))
    yield* print(json, { drill: { ...report }, notRestored: lacking }, reportLines(report))
    const findings = findingsOf(report)
    if (findings > 0) yield* new DrillFailed({ findings })
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    "Rehearse the loss of the database, beside a hub that serves: fill an empty index from the object store, in a " +
      "schema of its own beside the live one, verify the store against it, compare users, tokens, domains and the " +
      "list of repositories, clone repositories from both and compare them byte for byte, and delete it. Says how " +
      "long recovery took, what differs, and what cannot come back with what makes it anew. The live index is only " +
      "read; notes of what was verified and the report go to the store, and musehub status shows the last report; " +
      "with --repo it keeps none, and users, tokens, domains and the list are not compared. " +
      "Losses, faults and differences are lines on stdout. Exit code 0 if nothing is found, 1 if something is, 2 " +
      "for a wrong command line, 3 if store or index do not answer. With --json: a JSON object a line, those of " +
      "rebuild (loss, difference) and verify (finding), and clone (a repository), live, rebuilt (bytes, sha256, " +
      "failure each); the last one has drill (at, version, level, servedMillis, rebuiltMillis, verifiedMillis, " +
      "comparedMillis, repositories, packs, losses, faults, extraRows, compared, moving, comparedBytes, " +
      "differences) and notRestored (what, why, remedy each)."
  ),
  Command.withShortDescription("Rehearse the loss of the database, and say how long recovery takes"),
  Command.withExamples([
    { command: "musehub drill", description: "Everything" },
    { command: "musehub drill --quick --sample 20", description: "Of a large hub, in less time" },
    { command: "musehub drill --repo ada/symphony", description: "One repository" }
  ]),
  Command.provide(usedStorage)
)
