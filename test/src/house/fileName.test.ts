/** The rule that a file is called as what it holds. */
import { assert, describe, it } from "@effect/vitest"
import { refusedByLint } from "./Planted.ts"

const rule = "house(file-name)"

const refused = {
  "packages/domain/src/holdings.ts": "export interface Holdings {}\nexport const held = 1\n",
  "packages/domain/src/merge/attributes.ts": "export type Attributes = 1\n",
  "packages/http/src/problem.ts": "class Problem {}\nexport { Problem }\n",
  "packages/client/src/hub.ts": "export class Hub {}\nexport const hubs = []\n",
  "packages/domain/src/Migrations.ts": "export const migrate = () => 1\n",
  "packages/domain/src/OneFunction.ts": "export function* pushMpack() {}\n",
  "packages/domain/src/Replay.ts": "export interface Stage {}\nexport const replay = 1\nexport const stages = 2\n",
  "packages/domain/src/StoreContract.packs.ts": "export const packs = 1\n",
  "test/src/support/seeds.ts": "export type Seeds = 1\n"
}

const free = {
  "packages/domain/src/Holdings.ts": "export interface Holdings {}\nexport const held = 1\n",
  "packages/domain/src/usecase/push/openRepository.ts":
    "export class OpenRepository {}\nexport const openRepository = () => 1\n",
  "packages/domain/src/Random.ts": "export interface Random {}\nexport const random = () => 1\n",
  "packages/domain/src/ObjectReader.ts": "export const readBlob = 1\nexport const readCommit = 2\n",
  "packages/adapters/s3/src/S3ObjectStore.ts": "export const layer = 1\n",
  "packages/adapters/s3/src/statement/Graph.ts": "export const make = 1\n",
  "packages/domain/src/usecase/tags/errors.ts": "export class TagUnknown {}\n",
  "packages/cli/src/main.ts": "import './x.ts'\n",
  "packages/domain/src/holdings.test.ts": "export type Holdings = 1\n"
}

describe("the name of a file is refused", () => {
  const lines = refusedByLint(refused, rule)

  it.each(Object.keys(refused))("%s", (path) => {
    assert.include(lines, `${path}:1`)
  })
})

it("the name of a file is free where it is called as what it holds", () => {
  assert.deepStrictEqual(refusedByLint(free, rule), [])
})
