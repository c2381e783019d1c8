/** The table of the longest stops of the event loop in docs/security.md knows every endpoint. */
import { accessOf } from "@musehub/http/api/Api"
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"

const top = new URL("../../../", import.meta.url)
const read = (path: string) => readFileSync(new URL(path, top), "utf8")

const inBraces = (path: string) => path.replaceAll(/:(\w+)/g, "{$1}")

/** The routes beside the REST API, by the calls that add them. */
const routes = ["packages/http/src", "packages/web/src"]
  .flatMap((folder) =>
    readdirSync(new URL(folder, top), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`)
  )
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => [...read(file).matchAll(/HttpRouter\.add\("([A-Z]+)", "([^"]+)"/g)])
  .map(([, method, path = ""]) => `${method} ${inBraces(path)}`)

const endpoints = [...routes, "GET /docs", ...accessOf().map(({ method, path }) => `${method} ${inBraces(path)}`)]

const rows = [...read("docs/security.md").matchAll(/^\| `([A-Z]+ \/[^`]*)`/gm)].map(([, endpoint]) => endpoint)

describe("the table of the longest stops of the event loop", () => {
  it("has a row for every endpoint of the hub", () => {
    assert.isAbove(routes.length, 15)
    assert.deepStrictEqual([...new Set(rows)].toSorted(), [...new Set(endpoints)].toSorted())
  })
})
