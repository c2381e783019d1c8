/**
 * Trees and diffs of 200 random histories, compared with git's: renames, merges, criss-cross merges, empty and binary
 * files, awkward names. Every difference must belong to a class that is named and proven here; any other one fails.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { diffCommit } from "@musehub/domain/usecase/browse/compare"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import { everyItem } from "@musehub/domain/port/Page"
import { Effect, Stream } from "effect"
import { type Files, type GitFile, gitBlobId, type History, inGit, randomHistory } from "../support/GitHistories.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub
} from "../support/hubSamples.ts"
import { seeded } from "../../support/seeded.ts"

const letters = { added: "A", deleted: "D", modified: "M", renamed: "R" } as const

/** A file of a diff, as git shows it. */
const asGit = ({ added, oldPath, path, removed, status }: FileDiff): GitFile => ({
  status: letters[status],
  path,
  oldPath,
  added,
  removed
})

/** Builds a history, and pushes its commits. Returns them in order. */
const built = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, history: History, place: number) {
  const steps: Array<Step> = []
  for (const [commit, { files, parents }] of history.entries()) {
    const on = parents.map((parent) => steps[parent]).filter((parent) => parent !== undefined)
    steps.push(step(`history ${place}, commit ${commit}`, Object.fromEntries(files), on))
  }
  // A commit that nothing is upon gets a branch of its own.
  const inner = new Set(history.flatMap(({ parents }) => parents))
  for (const [commit] of history.entries()) {
    if (!inner.has(commit)) yield* pushSteps(hub, repository, `h${place}/c${commit}`, steps.slice(0, commit + 1))
  }
  return steps
})

const everything = <A, E, R>(list: Parameters<typeof everyItem<A, E, R>>[1]) => Stream.runCollect(everyItem(100, list))

interface Difference {
  readonly ours: ReadonlyArray<FileDiff>
  readonly git: ReadonlyArray<GitFile>
  /** The contents before and after. */
  readonly before: Files
  readonly after: Files
}

type Named = Pick<GitFile, "oldPath" | "path">

/** The files that one side lists and the other does not list so, as their paths and former paths. */
const pairedOtherwise = ({ git, ours }: Difference) => {
  const [these, those] = [ours, git].map(
    (files: ReadonlyArray<Named>) =>
      new Map(files.map(({ oldPath, path }) => [`${path} < ${oldPath ?? ""}`, [path, oldPath ?? path] as const]))
  )
  const differing = [...(these ?? []), ...(those ?? [])].filter(([key]) => !(these?.has(key) && those?.has(key)))
  return differing.flatMap(([, paths]) => paths)
}

const contentsOf = (difference: Difference): ReadonlyArray<string> =>
  [...new Set(pairedOtherwise(difference))].flatMap((path) => {
    const content = difference.before.get(path) ?? difference.after.get(path)
    return content === undefined ? [] : [content]
  })

/** The reasons why a diff may differ from git's, each with the proof that a case belongs to it. */
const differences: ReadonlyArray<{
  readonly name: string
  readonly explanation: string
  readonly proves: (difference: Difference) => boolean
}> = [
  {
    name: "twins",
    explanation:
      "Where several deleted or new files have one content, git pairs them in its own order. Here those that kept " +
      "their name come first.",
    proves: (difference) => {
      const contents = contentsOf(difference)
      return contents.length - new Set(contents).size > 1
    }
  },
  {
    name: "last line",
    explanation:
      "Git before 2.44 does not count a last line without LF among what two files share, so that it may take two " +
      "that are just similar enough for two different ones, or choose another source.",
    proves: (difference) => contentsOf(difference).some((content) => content !== "" && !content.endsWith("\n"))
  }
]

const byPath = (one: GitFile, other: GitFile) => (one.path < other.path ? -1 : 1)

const count = 200

describe(`the trees and diffs of ${count} random histories`, () => {
  it.effect(
    "are those of git, except for explained differences",
    () =>
      Effect.gen(function* () {
        const histories = Array.from({ length: count }, (_, seed) => randomHistory(seeded(seed)))
        const git = inGit(histories)
        const hub = yield* startHub()
        const seen = new Map<string, number>()
        const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
        for (const [place, history] of histories.entries()) {
          const repository = yield* newRepository(hub, `history-${place}`)
          const steps = yield* built(hub, repository, history, place)
          const open = yield* openedFor(hub, repository, ada, "read")
          for (const [number, { commit }] of steps.entries()) {
            const { files = new Map<string, string>(), parents = [] } = history[number] ?? {}
            const listed = yield* at(hub)(
              everything((page) => listTree(open, { ref: commit.id, recursive: true }, page))
            )
            const blobs = listed.map(({ path }) => [path, gitBlobId(files.get(path) ?? "absent")] as const)
            assert.deepStrictEqual(new Map(blobs), git.trees[place]?.[number])
            if (parents.length > 1) note("merge")
            for (const parent of parents.length === 0 ? [0] : parents.keys()) {
              const before = history[parents[parent] ?? -1]?.files ?? new Map<string, string>()
              const query = { commit: commit.id, parent: parent + 1 }
              const ours = yield* at(hub)(everything((page) => diffCommit(open, query, page)))
              const theirs = git.diffs[place]?.[number]?.[parent] ?? []
              for (const { status, before, after } of ours) note(before === after ? "moved" : status)
              const shown = ours.map(asGit).toSorted(byPath)
              try {
                assert.deepStrictEqual(shown, theirs.toSorted(byPath))
              } catch (cause) {
                const known = differences.find(({ proves }) => proves({ ours, git: theirs, before, after: files }))
                if (known === undefined) throw cause
                note(known.name)
              }
            }
          }
        }
        // What the histories are for occurs in them.
        for (const what of ["merge", "moved", "renamed", "added", "deleted", "modified"]) {
          assert.isAbove(seen.get(what) ?? 0, 100, what)
        }
        assert.isBelow((seen.get("twins") ?? 0) + (seen.get("last line") ?? 0), 20)
      }),
    // Of some seconds, on a machine with much else to do.
    180_000
  )
})
