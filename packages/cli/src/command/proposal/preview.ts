/** `musehub proposal preview`: shows the result of merging a proposal. Writes nothing. */
import { conflictsListedMax, MergeConflicts } from "@musehub/domain/usecase/merges/mergeErrors"
import { type PreviewedGovernance, previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print, shown } from "../../output.ts"
import { warn, warnOfRules, warningsField, warningsJson } from "../../warnings.ts"
import { musehub, presentStorage } from "../musehub.ts"
import { opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { conflictFields, conflictJson, conflictLines } from "./view.ts"

/** Says for each rule that is not met what it waits for. */
const refusalLines = ({ landing, rules }: PreviewedGovernance): ReadonlyArray<string> => [
  ...(landing === null ? [] : [`refused: ${shown(landing)}`]),
  ...rules.flatMap(({ name, path, refusal }) =>
    refusal === null ? [] : [`refused: the rule ${shown(name)}, for ${shown(path)}, ${refusal}`]
  )
]

export const preview = Command.make(
  "preview",
  proposalInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { number } = given
    const previewed = yield* previewMerge(yield* opened(given, "read"), number)
    const { bases, conflictCount, conflicts, fromHead, governance, outcome, snapshotId, toHead, warnings } = previewed
    yield* warn(warnings)
    yield* warnOfRules(governance.invalid)
    yield* print(
      json,
      {
        outcome,
        bases,
        conflicts: conflicts.map(conflictJson),
        conflictCount,
        snapshotId,
        warnings: warningsJson(warnings),
        governance: { ...governance, rules: governance.rules.map((rule) => ({ ...rule })) },
        fromHead,
        toHead
      },
      outcome === "conflicted" ? conflictLines(conflicts) : [outcome, ...refusalLines(governance)].join("\n")
    )
    if (outcome === "conflicted") {
      return yield* new MergeConflicts({ number, conflicts, total: conflictCount })
    }
  })
).pipe(
  Command.withDescription(
    "Show the result of merging an open proposal, without merging it: up_to_date, fast_forward, merged, " +
      "unrelated (the branches have no commit in common, so it cannot be merged), or " +
      "a line for each conflict and exit code 1. Lines that begin with `refused` say which rules of " +
      ".musegovernance.json are not met. With --json: outcome, bases, conflicts (the first " +
      `${conflictsListedMax}: ${conflictFields}), conflictCount, ` +
      `snapshotId (the tree that each strategy lands; null if nothing can land), ${warningsField}, governance ` +
      "(rules, invalid and landing of .musegovernance.json on the target), fromHead, toHead."
  ),
  Command.withShortDescription("Show the result of merging a proposal"),
  Command.withExamples([{ command: "musehub proposal preview ada/symphony 3", description: "Are there conflicts?" }]),
  Command.provide(presentStorage)
)
