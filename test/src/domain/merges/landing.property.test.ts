/**
 * Random proposals: whatever the history, each strategy lands the tree of the preview or refuses, names every author,
 * loses no path of the target, and agrees with real git on ancestors and merge bases.
 */
import { assert, describe, it } from "@effect/vitest"
import { difference } from "@musehub/domain/history/ancestry"
import { UserName } from "@musehub/domain/repository/Names"
import { type MergeStrategy, ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { BranchName } from "@musehub/domain/repository/Names"
import { authorsOf } from "@musehub/domain/usecase/graph/authorsOf"
import { mergedTree } from "@musehub/domain/usecase/merges/mergedTree"
import { mergeSource } from "@musehub/domain/usecase/merges/mergeSource"
import { planMerge } from "@musehub/domain/usecase/merges/mergeStrategies"
import type { MergeTask } from "@musehub/domain/usecase/merges/PlannedMerge"
import { Effect, Exit } from "effect"
import { inFolder, shell } from "../../merge/git.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { ada, at, newRepository, opened, pushSteps, startHub, type Step, step } from "../support/hubSamples.ts"

const strategies: ReadonlyArray<MergeStrategy> = ["merge_commit", "squash", "rebase", "fast_forward_only"]

const histories = 50
const proposalsPerHistory = 50

type Files = { readonly [path: string]: string }

const lines = (random: Seeded, before: string | undefined): string => {
  const kept = before === undefined ? ["1", "2", "3", "4", "5", "6"] : before.split("\n")
  return kept.with(random.below(kept.length), `${random.below(40)}`).join("\n")
}

const edited = (random: Seeded, before: Files): Files => {
  const files = { ...before }
  for (let edit = random.below(3); edit >= 0; edit -= 1) {
    const path = random.pick(["a", "b", "c", "d/e", "d/f"])
    if (random.chance(0.15)) delete files[path]
    else files[path] = lines(random, files[path])
  }
  return files
}

/** Joins two trees as a careful person does, or carelessly: with something of its own, or dropping a side. */
const joined = (random: Seeded, ours: Files, theirs: Files): Files => {
  if (random.chance(0.2)) return ours
  const both = { ...theirs, ...ours }
  return random.chance(0.3) ? edited(random, both) : both
}

interface Grown {
  readonly step: Step
  readonly files: Files
  readonly parents: ReadonlyArray<number>
}

/** A history of some 30 commits by three people, with merges, several roots, and states that return. */
const grow = (random: Seeded): ReadonlyArray<Grown> => {
  const grown: Array<Grown> = []
  const commits = 15 + random.below(20)
  for (let place = 0; place < commits; place += 1) {
    const near = () => Math.max(0, place - 1 - random.below(6))
    const parents =
      place === 0 || random.chance(0.03) ? [] : [...new Set(random.chance(0.3) ? [near(), near()] : [near()])]
    const [first, second] = parents.map((parent) => grown[parent])
    const files =
      first === undefined
        ? edited(random, { a: lines(random, undefined) })
        : second !== undefined
          ? joined(random, first.files, second.files)
          : random.chance(0.1)
            ? random.pick(grown).files
            : edited(random, first.files)
    const made = step(
      `commit ${place}`,
      files,
      [first, second].flatMap((parent) => (parent === undefined ? [] : [parent.step])),
      { author: random.pick(["ada", "bob", "carol"]) }
    )
    grown.push({ step: made, files, parents })
  }
  return grown
}

/** What git says of each pair of commits: their merge bases, and whether the first is an ancestor of the second. */
const gitOn = (grown: ReadonlyArray<Grown>, pairs: ReadonlyArray<readonly [number, number]>) =>
  inFolder((folder) => {
    const made = grown.map(({ parents }, place) => {
      const flags = parents.map((parent) => `-p $c${parent}`).join(" ")
      return `c${place}=$(git commit-tree ${flags} -m ${place} "$tree") && echo "commit ${place} $c${place}"`
    })
    const asked = pairs.map(
      ([ours, theirs], place) =>
        `echo "bases ${place}" $(git merge-base --all $c${ours} $c${theirs}); ` +
        `git merge-base --is-ancestor $c${ours} $c${theirs} && echo "ancestor ${place}"`
    )
    const script = ["git init -q .", "tree=$(git write-tree)", ...made, ...asked, "true"].join("\n")
    const output = shell(folder, script).toString().split("\n")
    const names = new Map<string, number>()
    for (const line of output) {
      const [, place, id] = /^commit (\d+) (\w+)$/.exec(line) ?? []
      if (id !== undefined) names.set(id, Number(place))
    }
    return pairs.map((_, place) => ({
      bases: (output.find((line) => line.startsWith(`bases ${place} `) || line === `bases ${place}`) ?? "")
        .split(" ")
        .slice(2)
        .map((id) => names.get(id)),
      isAncestor: output.includes(`ancestor ${place}`)
    }))
  })

describe("random proposals", () => {
  it.live(
    `${histories * proposalsPerHistory} pairs of branches by 4 strategies: what lands is what the preview shows`,
    () => {
      const landed = { merge_commit: 0, squash: 0, rebase: 0, fast_forward_only: 0, refused: 0 }
      return forSeeds(histories, (random) =>
        Effect.gen(function* () {
          const hub = yield* startHub()
          const repository = yield* newRepository(hub)
          const grown = grow(random)
          for (const [place, each] of grown.entries()) {
            yield* pushSteps(hub, repository, `at-${place}`, [each.step])
          }
          const open = yield* opened(hub, repository)
          const source = yield* at(hub)(mergeSource(open))
          const pairs = Array.from(
            { length: proposalsPerHistory },
            () => [random.below(grown.length), random.below(grown.length)] as const
          )
          const git = gitOn(grown, pairs.slice(0, 10))
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
            if (said !== undefined) {
              const bases = said.bases.map((base) => (base === undefined ? undefined : grown[base]?.step.commit.id))
              assert.deepStrictEqual<unknown>(preview.bases.toSorted(), bases.toSorted())
              const isForward =
                preview.outcome !== "up_to_date" && preview.bases.length === 1 && preview.bases[0] === task.ours
              assert.strictEqual(isForward, said.isAncestor && preview.outcome !== "up_to_date")
            }
            for (const strategy of strategies) {
              const exit = yield* Effect.exit(at(hub)(planMerge(open, task, strategy)))
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
            for (const [what, count] of Object.entries(landed)) assert.isAbove(count, 100, what)
          })
        )
      )
    },
    120_000
  )
})
