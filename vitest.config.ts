/**
 * Two projects, so that a run of pure tests starts nothing: `unit` is everything beside the code, `integration` is what
 * needs real services, which `globalSetup` starts when the first test asks for them.
 */
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defineConfig } from "vitest/config"
import { LongestFirst } from "./test/src/services/LongestFirst.ts"
import { temporaryFolder } from "./test/src/services/temporaryFolder.ts"

/** Where `.ci/run` reads the counts from. */
const report = "node_modules/.cache/test-report.json"

process.env["TMPDIR"] = temporaryFolder()
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled")

const options = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // Loading the code takes longer than most files, so the files of a worker share it. A file leaves nothing behind.
  isolate: false,
  // Node runs the sources as they are, as the program does.
  experimental: { viteModuleRunner: false, nodeLoader: false }
}

export default defineConfig({
  test: {
    reporters: process.env["CI"] === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    // By default one core is left idle, and many tests wait for a server or a pause.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...options, name: "unit", include: ["packages/**/*.test.ts"] } },
      {
        test: {
          ...options,
          name: "integration",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/src/services/globalSetup.ts"]
        }
      }
    ]
  }
})
