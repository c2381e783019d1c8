/** `musehub proposal merge`: merges an open proposal; with conflicts, lists them and writes nothing. */
import { MergeStrategy } from "@musehub/domain/repository/Proposal"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { print, shown } from "../../output.ts"
import { warn, warnOfRules, warningsField, warningsJson } from "../../warnings.ts"
import { musehub, storage } from "../musehub.ts"
import { commitFlag, discourseFlag, opened } from "../repository.ts"
import { proposalInput } from "./input.ts"
import { conflictFields, conflictJson, conflictLines } from "./view.ts"

export const merge = Command.make(
  "merge",
  {
    ...proposalInput,
    strategy: Flag.Literals("strategy", MergeStrategy.literals).pipe(
      Flag.withDescription("A commit with both parents, one squashed commit, rebased commits, or a fast-forward")
    ),
    message: discourseFlag("message").pipe(
      Flag.withDescription("The message of the merge commit or squashed commit"),
      Flag.optional
    ),
    expect: commitFlag("expect").pipe(
      Flag.withDescription("Merge only if this is still the head of the branch to merge"),
      Flag.optional
    )
  },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const open = yield* opened(given, "write")
    const merged = yield* mergeProposal(open, given.number, {
      strategy: given.strategy,
      message: Option.getOrUndefined(given.message),
      expect: Option.getOrUndefined(given.expect)
    }).pipe(
      Effect.tapErrorTag("MergeConflicts", ({ commit = null, conflicts, total }) =>
        print(json, { conflicts: conflicts.map(conflictJson), total, commit }, conflictLines(conflicts))
      )
    )
    const { commits, governanceInvalid, mergeCommitId, number, snapshotId, strategy, toBranch, warnings } = merged
    yield* warn(warnings)
    yield* warnOfRules(governanceInvalid)
    yield* print(
      json,
      {
        number,
        strategy,
        toBranch,
        mergeCommitId,
        snapshotId,
        commits,
        warnings: warningsJson(warnings),
        governanceInvalid
      },
      `#${number}  merged  ${shown(toBranch)}  ${mergeCommitId}`
    )
  })
).pipe(
  Command.withDescription(
    "Merge an open proposal. The merged branch does not move. With --json: number, strategy, toBranch, " +
      `mergeCommitId, snapshotId, commits (the new ones, parents first), ${warningsField}, governanceInvalid ` +
      "(what was wrong with .musegovernance.json on the target, whose rules did not hold then, or null). " +
      "With conflicts: a line for each " +
      `and exit code 1; with --json: conflicts (${conflictFields}; the first 1,000), total, commit (the one ` +
      "that conflicts in a rebase, or null)."
  ),
  Command.withShortDescription("Merge a proposal"),
  Command.withExamples([
    { command: "musehub proposal merge ada/symphony 3 --strategy merge_commit", description: "With a merge commit" },
    {
      command: 'musehub proposal merge ada/symphony 3 --strategy squash --message "A finale"',
      description: "As one commit on its target"
    }
  ]),
  Command.provide(storage)
)
