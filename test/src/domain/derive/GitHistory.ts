/** Random histories with awkward names, in a hub and in git. */
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { shell } from "../../merge/git.ts"
import type { Seeded } from "../../support/seeded.ts"
import { type Files, type Grown, grow } from "../support/grownHistory.ts"
import { newRepository, pushSteps, type Step, step, type TestHub } from "../support/hubSamples.ts"
import { Effect } from "effect"

/** The paths of grown histories under names that are hard to quote. */
const awkward: { readonly [path: string]: string } = {
  a: "a",
  b: 'b "quoted" ',
  c: "é\t𝛼",
  "d/e": "d/e",
  "d/f": "d/[f]*/ü\\n"
}

const renamed = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [awkward[path] ?? path, text]))

/** Grows a history with awkward names, moved files and empty ones. */
export const growAwkward = (random: Seeded, commits: number): ReadonlyArray<Grown> => {
  const made: Array<Grown> = []
  for (const { files, parents, step: grown } of grow(random, commits)) {
    const named: { [path: string]: string } = { ...renamed(files) }
    const [first] = Object.keys(named)
    // Not in the history of its children, so that it comes and goes.
    if (first !== undefined && random.chance(0.1)) {
      named[`moved/${random.below(3)}`] = named[first] ?? ""
      delete named[first]
    }
    if (random.chance(0.1)) named["empty"] = ""
    const { author, message } = grown.commit.record
    const own = step(
      message,
      named,
      parents.flatMap((parent) => (made[parent] === undefined ? [] : [made[parent].step])),
      { author }
    )
    made.push({ step: own, files: named, parents })
  }
  return made
}

/** Pushes a history to a new repository, in as many branches as it has ends. */
export const pushGrown = Effect.fnUntraced(function* (hub: TestHub, grown: ReadonlyArray<Grown>, name = "grown") {
  const repository = yield* newRepository(hub, name)
  const inner = new Set(grown.flatMap(({ parents }) => parents))
  const pushed = new Set<number>()
  for (const [end] of grown.entries()) {
    if (inner.has(end)) continue
    const needed = new Set([end])
    for (const place of needed) for (const parent of grown[place]?.parents ?? []) needed.add(parent)
    const fresh = [...needed].filter((place) => !pushed.has(place)).toSorted((a, b) => a - b)
    for (const place of fresh) pushed.add(place)
    const steps = fresh.flatMap((place): ReadonlyArray<Step> => (grown[place] === undefined ? [] : [grown[place].step]))
    yield* pushSteps(hub, repository, `end${end}`, steps)
  }
  return repository
})

const quoted = (path: string): string => `"${path.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`

/** The id that git gives a file. */
export const gitBlob = (text: string): string =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest("hex")

/** A history in git, whose commits are known by their places. */
export interface GitHistory {
  readonly run: (command: string) => string
  readonly placeOf: ReadonlyMap<string, number>
  readonly idOf: (place: number) => string
}

/** Makes the same history in git, as long as `use` runs. Each commit has a branch `c<place>`. */
export const inGit = <A>(grown: ReadonlyArray<Grown>, use: (git: GitHistory) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), "musehub-touches-"))
  try {
    const stream = grown.map(({ files, parents, step: { commit } }, place) =>
      [
        `commit refs/heads/c${place}\nmark :${place + 1}\n`,
        `author ${commit.record.author} <t@example.org> ${1000 + place} +0000\n`,
        `committer t <t@example.org> ${1000 + place} +0000\n${data(commit.record.message)}`,
        ...parents.map((parent, at) => `${at === 0 ? "from" : "merge"} :${parent + 1}\n`),
        "deleteall\n",
        ...Object.entries(files).map(([path, text]) => `M 100644 inline ${quoted(path)}\n${data(text)}`)
      ].join("")
    )
    shell(folder, "git init -q . && git fast-import --quiet --export-marks=marks", `${stream.join("")}`)
    const marks = readFileSync(join(folder, "marks"), "utf8").trim().split("\n")
    const ids = new Map(
      marks.map((line) => {
        const [mark = "", id = ""] = line.split(" ")
        return [Number(mark.slice(1)) - 1, id] as const
      })
    )
    return use({
      run: (command) => shell(folder, command).toString(),
      placeOf: new Map(Array.from(ids, ([place, id]) => [id, place])),
      idOf: (place) => ids.get(place) ?? ""
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
