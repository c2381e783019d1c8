/** The rule that a port has few members. */
import { assert, it } from "@effect/vitest"
import { refusedByLint } from "./Planted.ts"

const rule = "house(port-members)"

const members = (count: number): string =>
  Array.from({ length: count }, (_, place) => `    readonly member${place}: () => void\n`).join("")

const service = (count: number): string =>
  `export class Port extends Context.Service<\n  Port,\n  {\n${members(count)}  }\n>()("Port") {}\n`

const contract = (count: number): string => `export interface Port {\n${members(count)}}\n`

it("more than 12 members of a port are refused, as a service and as an interface", () => {
  const files = {
    "packages/domain/src/port/Service.ts": service(13),
    "packages/domain/src/port/index/Interface.ts": contract(13)
  }
  const refused = refusedByLint(files, rule)
  assert.deepStrictEqual(
    new Set(refused),
    new Set(["packages/domain/src/port/Service.ts:4", "packages/domain/src/port/index/Interface.ts:1"])
  )
})

it("12 members of a port are free, and any number elsewhere", () => {
  const files = {
    "packages/domain/src/port/Service.ts": service(12),
    "packages/domain/src/port/Interface.ts": contract(12),
    "packages/domain/src/usecase/push/Many.ts": contract(13)
  }
  assert.deepStrictEqual(refusedByLint(files, rule), [])
})
