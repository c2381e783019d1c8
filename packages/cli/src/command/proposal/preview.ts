/** `musehub proposal preview`: shows the result of merging a proposal. Writes nothing. */
import { conflictsListedMax, MergeConflicts } from "@musehub/domain/usecase/merges/mergeErrors"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { print } from "../../output.ts"
import { warn, warningsField, warningsJson } from "../../warnings.ts"
import { musehub, storage } from "../musehub.ts"
import { opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { conflictFields, conflictJson, conflictLines } from "./view.ts"

export const preview = Command.make(
  "preview",
  proposalInput,
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const { number } = given
    const { bases, conflictCount, conflicts, fromHead, outcome, snapshotId, toHead, warnings } = yield* previewMerge(
      yield* opened(given, "read"),
      number
    )
    yield* warn(warnings)
    yield* print(
      json,
      {
        outcome,
        bases,
        conflicts: conflicts.map(conflictJson),
        conflictCount,
        snapshotId,
        warnings: warningsJson(warnings),
        fromHead,
        toHead
      },
      outcome === "conflicted" ? conflictLines(conflicts) : outcome
    )
    if (outcome === "conflicted") {
      return yield* new MergeConflicts({ number, conflicts, total: conflictCount })
    }
  })
).pipe(
  Command.withDescription(
    "Show the result of merging an open proposal, without merging it: up_to_date, fast_forward, merged, " +
      "unrelated (the branches have no commit in common, so it cannot be merged), or " +
      "a line for each conflict and exit code 1. With --json: outcome, bases, conflicts (the first " +
      `${conflictsListedMax}: ${conflictFields}), conflictCount, ` +
      `snapshotId (the tree that each strategy lands; null if nothing can land), ${warningsField}, fromHead, toHead.`
  ),
  Command.withShortDescription("Show the result of merging a proposal"),
  Command.withExamples([{ command: "musehub proposal preview ada/symphony 3", description: "Are there conflicts?" }]),
  Command.provide(storage)
)
