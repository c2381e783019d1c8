/** No other package can import the makers of evidence and of canonical objects. */
import { assert, describe, it } from "@effect/vitest"
import { globSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../../..")

/** Resolves a module of the domain for code in `folder`, to its path or to the code of the refusal. */
const resolved = (folder: string, module: string): unknown => {
  try {
    return createRequire(join(root, folder, "/")).resolve(`@musehub/domain/${module}`)
  } catch (error) {
    return Reflect.get(Object(error), "code")
  }
}

describe("the domain's internal modules", () => {
  const files = globSync("**/internal/**/*.ts", { cwd: join(root, "packages/domain/src") })
  const internal = files.map((path) => path.slice(0, -".ts".length))

  it("include the makers", () => {
    assert.includeMembers(internal, ["object/internal/seal", "port/internal/evidence"])
  })

  for (const folder of ["test", "bench", "packages/adapters/memory", "packages/contract", "packages/http"]) {
    it(`cannot be resolved from ${folder}`, () => {
      assert.match(String(resolved(folder, "port/Stored")), /domain\/.*port\/Stored\.[jt]s$/)
      for (const module of internal) {
        assert.strictEqual(resolved(folder, module), "ERR_PACKAGE_PATH_NOT_EXPORTED", module)
      }
    })
  }
})
