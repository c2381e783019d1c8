/** Random histories, built in git in one run, and what git says of their trees and of the differences between them. */
import { createHash } from "node:crypto"
import { inFolder, shell } from "../../merge/git.ts"
import { editedLines, generatedLines } from "../../merge/texts.ts"
import type { Seeded } from "../../support/seeded.ts"

/** Contents by path. */
export type Files = ReadonlyMap<string, string>

/** A commit: its files, and the places of its parents among the commits before it. */
export interface Planned {
  readonly files: Files
  readonly parents: ReadonlyArray<number>
}

/** Commits, parents first. */
export type History = ReadonlyArray<Planned>

const segments = ["a", "b", "a-b", "a.b", "A", "Ü", "%2F", "with space", "\ue000", "😀", "#", "~", "'", 'q"', "\\", "-"]

const newPath = (random: Seeded): string =>
  Array.from({ length: 1 + random.below(3) }, () => random.pick(segments)).join("/")

/** Sometimes empty, binary, or without a last line end. */
const newText = (random: Seeded, unique: number): string => {
  if (random.chance(0.08)) return ""
  const lines = [`file ${unique}\n`, ...generatedLines(random, 30)].join("")
  if (random.chance(0.05)) return `${lines}\0\n`
  return random.chance(0.1) ? `${lines}.` : lines
}

const edited = (random: Seeded, text: string): string => {
  const end = text.endsWith(".") ? "." : ""
  const lines = text.slice(0, text.length - end.length).match(/[^\n]*\n/g) ?? []
  return editedLines(random, lines, 30).join("") + end
}

/** Removes files whose path is a folder of another one, which no disk has. */
const onDisk = (files: Files): Files => {
  const paths = [...files.keys()]
  return new Map([...files].filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))))
}

let contents = 0

/** Changes some files, and moves some of them, changed or not. */
const grown = (random: Seeded, files: Files): Files => {
  const later = new Map(files)
  for (const [path, text] of files) {
    const fate = random.pick(["kept", "kept", "kept", "kept", "gone", "edited", "moved", "moved and edited"] as const)
    if (fate === "kept") continue
    if (fate !== "edited") later.delete(path)
    if (fate === "gone") continue
    const name = path.slice(path.lastIndexOf("/") + 1)
    const place = fate === "edited" ? path : random.chance(0.5) ? `${random.pick(segments)}/${name}` : newPath(random)
    later.set(place, fate === "moved" ? text : edited(random, text))
  }
  for (let made = random.below(4); made > 0; made--) later.set(newPath(random), newText(random, (contents += 1)))
  return onDisk(later)
}

/** Two lines that grow, part and meet. A merge of both may be on both, which makes criss-cross merges. */
export const randomHistory = (random: Seeded): History => {
  const history: Array<Planned> = [{ files: grown(random, new Map()), parents: [] }]
  const heads: [number, number] = [0, 0]
  const filesAt = (place: number): Files => history[place]?.files ?? new Map()
  const add = (planned: Planned): number => history.push(planned) - 1
  for (let count = 4 + random.below(5); count > 0; count--) {
    const [one, other] = heads
    const side = random.below(2)
    if (one !== other && random.chance(0.3)) {
      const joined = onDisk(new Map([...filesAt(one), ...random.some([...filesAt(other)], 0.6)]))
      const merged = add({ files: joined, parents: [one, other] })
      if (random.chance(0.4)) {
        const opposite = add({ files: onDisk(new Map([...joined, ...filesAt(other)])), parents: [other, one] })
        heads.splice(0, 2, merged, opposite)
      } else heads[side] = merged
    } else {
      const head = heads[side] ?? 0
      heads[side] = add({ files: grown(random, filesAt(head)), parents: [head] })
    }
  }
  return history
}

/** What git says of one file of a difference. */
export interface GitFile {
  readonly status: string
  readonly path: string
  readonly oldPath: string | undefined
  /** Lines; null for a file that git takes for binary. */
  readonly added: number | null
  readonly removed: number | null
}

/** The id that git gives to a content. */
export const gitBlobId = (text: string): string => {
  const bytes = Buffer.from(text)
  return createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex")
}

export interface GitHistories {
  /** Of each history and commit, the ids of blobs by path. */
  readonly trees: ReadonlyArray<ReadonlyArray<ReadonlyMap<string, string>>>
  /** Of each history, commit and parent: what changed. */
  readonly diffs: ReadonlyArray<ReadonlyArray<ReadonlyArray<ReadonlyArray<GitFile>>>>
}

const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

const nameOf = (history: number, commit: number) => `refs/heads/h${history}/c${commit}`

const streamOf = (histories: ReadonlyArray<History>): string =>
  histories
    .flatMap((history, place) =>
      history.map(({ files, parents }, commit) =>
        [
          `commit ${nameOf(place, commit)}\ncommitter t <t@example.org> ${commit} +0000\ndata 0\n`,
          ...parents.map((parent, at) => `${at === 0 ? "from" : "merge"} ${nameOf(place, parent)}\n`),
          "deleteall\n",
          ...[...files].map(
            ([path, text]) => `M 100644 inline ${JSON.stringify(path)}\ndata ${Buffer.byteLength(text)}\n${text}\n`
          )
        ].join("")
      )
    )
    .join("")

/** What `git diff-tree --stdin -z --raw --numstat` says, by `tree tree`. */
const parsed = (output: string) => {
  const fields = output.split("\0").slice(0, -1)
  const found = new Map<string, { readonly files: Map<string, GitFile>; readonly blobs: Map<string, string> }>()
  let now = { files: new Map<string, GitFile>(), blobs: new Map<string, string>() }
  const take = () => fields.shift() ?? ""
  while (fields.length > 0) {
    // Before the first file of a pair of trees stand both, and so do those before them that do not differ.
    const [, pairs = "", field = ""] = /^((?:[0-9a-f]{40} [0-9a-f]{40}\n)*)(.*)$/s.exec(take()) ?? []
    for (const pair of pairs.split("\n").slice(0, -1)) {
      now = { files: new Map(), blobs: new Map() }
      found.set(pair, now)
    }
    if (field.startsWith(":")) {
      const [, , , blob = "", status = ""] = field.split(" ")
      const oldPath = status.startsWith("R") ? take() : undefined
      const path = take()
      now.files.set(path, { status: status.charAt(0), path, oldPath, added: 0, removed: 0 })
      now.blobs.set(path, blob)
    } else {
      const [added = "", removed = "", name = ""] = field.split("\t")
      const path = name === "" ? (take(), take()) : name
      const file = now.files.get(path)
      if (file === undefined) throw new Error(`git counts lines of ${path}, which did not change`)
      const lines = (text: string) => (text === "-" ? null : Number(text))
      now.files.set(path, { ...file, added: lines(added), removed: lines(removed) })
    }
  }
  return found
}

/** Builds all histories in one repository, and asks git about every commit at once. */
export const inGit = (histories: ReadonlyArray<History>): GitHistories =>
  inFolder((folder) => {
    shell(folder, "git init -q . && git fast-import --quiet", streamOf(histories))
    const names = histories.flatMap((history, place) => history.map((_, commit) => `${nameOf(place, commit)}^{tree}`))
    const check = "git cat-file --batch-check='%(objectname)'"
    const ids = shell(folder, check, `${names.join("\n")}\n`)
      .toString()
      .split("\n")
    let next = 0
    const trees = histories.map((history) => history.map(() => ids[next++] ?? ""))
    const treeAt = (place: number, commit: number) => trees[place]?.[commit] ?? ""
    const pairsOf = (place: number, { parents }: Planned, commit: number) =>
      parents.map((parent) => `${treeAt(place, parent)} ${treeAt(place, commit)}`)
    const wholeOf = (place: number, commit: number) => `${emptyTree} ${treeAt(place, commit)}`
    const asked = new Set(
      histories.flatMap((history, place) =>
        history.flatMap((planned, commit) => [wholeOf(place, commit), ...pairsOf(place, planned, commit)])
      )
    )
    const answer = shell(
      folder,
      "git hash-object -t tree -w --stdin < /dev/null > .git/empty && cat > .git/asked &&" +
        "git diff-tree --stdin -r -M --raw --numstat --minimal --no-abbrev -l0 -z < .git/asked",
      `${[...asked].join("\n")}\n`
    )
    const found = parsed(answer.toString())
    const filesOf = (pair: string) => [...(found.get(pair)?.files.values() ?? [])]
    return {
      trees: histories.map((history, place) =>
        history.map((_, commit) => new Map(found.get(wholeOf(place, commit))?.blobs))
      ),
      diffs: histories.map((history, place) =>
        history.map((planned, commit) =>
          planned.parents.length === 0
            ? [filesOf(wholeOf(place, commit))]
            : pairsOf(place, planned, commit).map(filesOf)
        )
      )
    }
  })
