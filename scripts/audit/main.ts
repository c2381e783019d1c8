/**
 * `pnpm audit:dependencies`: asks the registry whether a package that the hub is made of has a known vulnerability.
 * Further arguments go to `pnpm audit`. Apart from `pnpm check`, which needs no network.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { verdictOf } from "./Verdict.ts"

const { error, stderr, stdout } = spawnSync("pnpm", ["audit", "--prod", "--json", ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL("../..", import.meta.url)),
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024
})
if (error !== undefined) throw error
const { lines, passed } = verdictOf({ stderr, stdout })
process.stdout.write(`${lines.join("\n")}\n`)
process.exitCode = passed ? 0 : 1
