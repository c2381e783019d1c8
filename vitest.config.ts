/**
 * Two projects, so that a run of pure tests starts nothing: `unit` is everything beside the code, `integration` is what
 * needs real services, which `globalSetup` starts when the first test asks for them.
 */
import { defineConfig } from "vitest/config"

const limits = { testTimeout: 60_000, hookTimeout: 120_000 }

/** Where `.ci/run` reads the counts from. */
const report = "node_modules/.cache/test-report.json"

export default defineConfig({
  test: {
    reporters: process.env["CI"] === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    // By default one core is left idle, and most tests wait for a disk or a server.
    maxWorkers: "100%",
    projects: [
      { test: { ...limits, name: "unit", include: ["packages/**/*.test.ts"] } },
      {
        test: {
          ...limits,
          name: "integration",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/src/services/globalSetup.ts"]
        }
      }
    ]
  }
})
