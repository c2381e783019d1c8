/** What `pnpm check` and CI run. */
import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { scripts, workTree } from "./Planted.ts"

it("`pnpm check` runs every check there is, and CI runs `pnpm check`", () => {
  const checks = Object.keys(scripts).filter((name) => name.startsWith("check:"))
  assert.isAbove(checks.length, 5)
  assert.deepStrictEqual(
    scripts["check"]?.split(" && "),
    checks.map((name) => `pnpm run ${name}`)
  )
  assert.match(readFileSync(join(workTree, ".ci/run"), "utf8"), /^npx --yes pnpm@12 run check\b/m)
})
