/**
 * Runs a check of the project on planted files. They are put at their paths in a temporary folder, next to a copy of
 * the checks' configuration, so the work tree stays unchanged even when a test is killed.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const workTree = fileURLToPath(new URL("../../..", import.meta.url))

export const { scripts } = JSON.parse(readFileSync(join(workTree, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>
}

const configuration = [
  ".dependency-cruiser.cjs",
  ".gitignore",
  ".oxlintrc.json",
  "package.json",
  "scripts",
  "tsconfig.json"
]

/** Contents by path. */
export type Planted = Readonly<Record<string, string>>

export interface Outcome {
  readonly passed: boolean
  readonly output: string
}

/** Runs a script of package.json, with further arguments, on the planted files alone. */
export const runOnPlanted = (script: string, files: Planted, ...more: ReadonlyArray<string>): Outcome => {
  const [command = "", ...args] = (scripts[script] ?? "").split(" ")
  const folder = mkdtempSync(join(tmpdir(), "musehub-house-"))
  try {
    for (const name of configuration) cpSync(join(workTree, name), join(folder, name), { recursive: true })
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    const places = [dirname(process.execPath), join(workTree, "node_modules/.bin"), process.env["PATH"] ?? ""]
    const { error, status, stdout, stderr } = spawnSync(command, [...args, ...more], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: places.join(delimiter), HOME: folder },
      maxBuffer: 64 * 1024 * 1024
    })
    if (error !== undefined) throw error
    return { passed: status === 0, output: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Lists where a rule of the linter refuses the planted files, as "path:line". */
export const refusedByLint = (files: Planted, rule: string): ReadonlyArray<string> => {
  const { output } = runOnPlanted("check:lint", files, "--format=unix")
  const found = output.split("\n").filter((line) => line.includes(`/${rule}]`))
  return found.map((line) => line.split(":", 2).join(":"))
}
