/**
 * `pnpm check:imports`: the direction of imports. depcruise exits with the number of violations, and an exit code has
 * only eight bits, so by that code alone 256 violations would pass.
 */
import { spawnSync } from "node:child_process"

const { error, status, stdout } = spawnSync(
  "depcruise",
  ["--config", ".dependency-cruiser.cjs", "packages", "test", "bench"],
  { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 * 1024 * 1024 }
)
if (error !== undefined) throw error
process.stdout.write(stdout)
process.exitCode = status === 0 && stdout.includes("no dependency violations found") ? 0 : 1
