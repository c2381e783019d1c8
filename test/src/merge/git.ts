/** `git` as the reference for merges: cases are in a temporary folder, and one shell runs them all. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hunk } from "@musehub/domain/merge/lineDiff"
import type { ThreeTexts } from "./texts.ts"

/** The user's own configuration of `git` may differ. */
const environment = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.org",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.org",
  LC_ALL: "C"
}

export const inFolder = <A>(use: (folder: string) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), "musehub-merge-"))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const shell = (folder: string, script: string, input: string | Buffer = ""): Buffer =>
  execFileSync("sh", ["-c", script], { cwd: folder, env: environment, input, maxBuffer: 256 * 1024 * 1024 })

export interface GitTextMerge {
  readonly conflicts: boolean
  /** The merged text, with conflicts marked. */
  readonly content: string
}

/** Runs `git merge-file` on every case. */
export const gitMergeFiles = (cases: ReadonlyArray<ThreeTexts>): ReadonlyArray<GitTextMerge> =>
  inFolder((folder) => {
    for (const [at, { base, ours, theirs }] of cases.entries()) {
      writeFileSync(join(folder, `${at}.base`), base)
      writeFileSync(join(folder, `${at}.ours`), ours)
      writeFileSync(join(folder, `${at}.theirs`), theirs)
    }
    shell(
      folder,
      `i=0; while [ $i -lt ${cases.length} ]; do
        git merge-file -p -L ours -L base -L theirs $i.ours $i.base $i.theirs > $i.merged 2>/dev/null; echo $? > $i.code
        i=$((i+1)); done`
    )
    const read = (name: string) => readFileSync(join(folder, name), "utf8")
    return cases.map((_, at) => ({ conflicts: read(`${at}.code`).trim() !== "0", content: read(`${at}.merged`) }))
  })

/** Finds the hunks that `git` uses between two texts in a merge: without the indent heuristic. */
export const gitHunks = (base: string, side: string): ReadonlyArray<Hunk> =>
  inFolder((folder) => {
    writeFileSync(join(folder, "base"), base)
    writeFileSync(join(folder, "side"), side)
    const output = shell(folder, "git diff --no-index --no-indent-heuristic --text -U0 base side || true").toString()
    return [...output.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)].map(
      ([, from, removed = "1", start, added = "1"]) => {
        // Git names an empty range by the line before it.
        const first = Number(from) - (removed === "0" ? 0 : 1)
        const second = Number(start) - (added === "0" ? 0 : 1)
        return { from: first, to: first + Number(removed), start: second, end: second + Number(added) }
      }
    )
  })
