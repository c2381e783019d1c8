/**
 * Random proposals: whatever the history, each strategy lands the tree of the preview or refuses, names every author,
 * loses no path of the target, and agrees with real git on ancestors, merge bases and fast-forwards.
 * `MUSEHUB_LANDING_HISTORIES` says of how many histories.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { assert, describe, it } from "@effect/vitest"
import { difference, isAncestor } from "@musehub/domain/history/ancestry"
import type { CommitId } from "@musehub/domain/object/Id"
import { UserName } from "@musehub/domain/repository/Names"
import { type MergeStrategy, ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { BranchName } from "@musehub/domain/repository/Names"
import { authorsOf } from "@musehub/domain/usecase/graph/authorsOf"
import { mergedTree } from "@musehub/domain/usecase/merges/mergedTree"
import { mergeSource } from "@musehub/domain/usecase/merges/mergeSource"
import { planMerge } from "@musehub/domain/usecase/merges/mergeStrategies"
import type { MergeTask } from "@musehub/domain/usecase/merges/PlannedMerge"
import { Effect, Exit } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { gitVerdicts } from "../support/gitVerdicts.ts"
import { grow } from "../support/grownHistory.ts"
import { ada, at, newRepository, opened, pushSteps, startHub } from "../support/hubSamples.ts"

const strategies: ReadonlyArray<MergeStrategy> = ["merge_commit", "squash", "rebase", "fast_forward_only"]

const histories = Number(process.env["MUSEHUB_LANDING_HISTORIES"] ?? "20")
const proposalsPerHistory = 50

describe("random proposals", () => {
  it.live(
    `${histories * proposalsPerHistory} pairs of branches by 4 strategies: what lands is what the preview shows`,
    () => {
      const landed = { merge_commit: 0, squash: 0, rebase: 0, fast_forward_only: 0, refused: 0 }
      return forSeeds(histories, (random) =>
        Effect.gen(function* () {
          const hub = yield* startHub()
          const repository = yield* newRepository(hub)
          const grown = grow(random, 15 + random.below(20))
          for (const [place, each] of grown.entries()) {
            yield* pushSteps(hub, repository, `at-${place}`, [each.step])
          }
          const open = yield* opened(hub, repository)
          const source = yield* at(hub)(admitted("merge", mergeSource(open)))
          const pairs = Array.from(
            { length: proposalsPerHistory },
            () => [random.below(grown.length), random.below(grown.length)] as const
          )
          const git = gitVerdicts(
            grown.map(({ parents }) => parents),
            pairs
          )
          for (const [place, [one, other]] of pairs.entries()) {
            const [ours, theirs] = [random.pick([grown[one]]), random.pick([grown[other]])]
            if (ours === undefined || theirs === undefined) throw new Error("a pair names two commits")
            const task: MergeTask = {
              proposal: {
                number: ProposalNumber.make(1),
                title: ProposalTitle.make("A verse"),
                author: UserName.make("ada"),
                from: BranchName.make("from"),
                to: BranchName.make("to")
              },
              ours: ours.step.commit.id,
              theirs: theirs.step.commit.id,
              by: ada.user,
              message: undefined
            }
            const preview = yield* at(hub)(mergedTree(source, task.ours, task.theirs))
            const lacking = yield* difference(source.graph, [task.theirs], [task.ours])
            const authors = yield* at(hub)(authorsOf(open, lacking))
            const said = git[place]
            if (said === undefined) throw new Error("git judges every pair")
            const bases = said.bases.map((base) => grown[base]?.step.commit.id)
            assert.deepStrictEqual<unknown>(preview.bases.toSorted(), bases.toSorted())
            const is = (ancestor: CommitId, of: CommitId) => isAncestor(source.graph, ancestor, [of])
            assert.strictEqual(yield* is(task.ours, task.theirs), bases.includes(task.ours))
            assert.strictEqual(yield* is(task.theirs, task.ours), bases.includes(task.theirs))
            if (preview.outcome !== "up_to_date") {
              assert.strictEqual(preview.outcome === "fast_forward", said.forward && preview.outcome !== "conflicted")
            }
            for (const strategy of strategies) {
              const exit = yield* Effect.exit(at(hub)(admitted("merge", planMerge(open, task, strategy))))
              if (Exit.isFailure(exit)) {
                landed.refused += 1
                const error = exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
                const expected: Readonly<Record<typeof preview.outcome, ReadonlyArray<string>>> = {
                  up_to_date: ["NothingToMerge"],
                  unrelated: ["HistoriesUnrelated"],
                  conflicted: ["MergeConflicts"],
                  fast_forward: strategy === "rebase" ? ["MergeConflicts", "RebaseUnfaithful"] : [],
                  merged:
                    strategy === "rebase"
                      ? ["MergeConflicts", "RebaseUnfaithful"]
                      : strategy === "fast_forward_only"
                        ? ["FastForwardImpossible"]
                        : []
                }
                assert.isTrue(expected[preview.outcome].includes(error?._tag ?? ""), `${strategy}: ${error?._tag}`)
                continue
              }
              landed[strategy] += 1
              const plan = exit.value
              assert.isTrue("merge" in preview, `${strategy} landed what the preview refuses`)
              if (!("merge" in preview)) continue
              assert.strictEqual(plan.snapshotId, preview.snapshotId, strategy)
              const last = plan.commits.at(-1)
              assert.strictEqual(last?.id ?? task.theirs, plan.head)
              assert.strictEqual(last?.snapshotId ?? theirs.step.snapshot.id, preview.snapshotId)
              if (strategy === "squash" || (strategy === "rebase" && last !== undefined)) {
                const named = plan.commits.flatMap(({ record }) => [
                  record.author,
                  ...String(record.metadata["co_authors"] ?? "").split("\n")
                ])
                for (const author of authors) assert.include(named, author, strategy)
                for (const [index, { parents }] of plan.commits.entries()) {
                  assert.deepStrictEqual(parents, [plan.commits[index - 1]?.id ?? task.ours])
                }
              }
              if (strategy === "merge_commit") assert.deepStrictEqual(last?.parents, [task.ours, task.theirs])
            }
            if ("merge" in preview) {
              const bases = yield* Effect.forEach(preview.bases, source.manifestOf)
              for (const path of Object.keys(ours.files)) {
                if (preview.merge.manifest.has(path)) continue
                assert.isFalse(path in theirs.files, `${path} was lost`)
                assert.isTrue(
                  bases.some((base) => base.has(path)),
                  `${path} was lost`
                )
              }
            }
          }
        })
      ).pipe(
        Effect.andThen(
          Effect.sync(() => {
            for (const [what, count] of Object.entries(landed)) assert.isAbove(count, 2 * histories, what)
          })
        )
      )
    },
    Math.max(240_000, histories * 10_000)
  )
})
