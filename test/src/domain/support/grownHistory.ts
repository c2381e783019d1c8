/** Random histories of a few small files. */
import type { Seeded } from "../../support/seeded.ts"
import { type Step, step } from "./hubSamples.ts"

export type Files = { readonly [path: string]: string }

const lines = (random: Seeded, before: string | undefined): string => {
  const kept = before === undefined ? ["1", "2", "3", "4", "5", "6"] : before.split("\n")
  return kept.with(random.below(kept.length), `${random.below(40)}`).join("\n")
}

export const edited = (random: Seeded, before: Files): Files => {
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

export interface Grown {
  readonly step: Step
  readonly files: Files
  readonly parents: ReadonlyArray<number>
}

/** Grows a history of commits by three people, with merges, several roots, and states that return. */
export const grow = (random: Seeded, commits: number): ReadonlyArray<Grown> => {
  const grown: Array<Grown> = []
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
