/** The hub that an index belongs to. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { HubId } from "@musehub/domain/hub/HubIdentity"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import type { Suite } from "../IndexSuite.ts"
import { wholeIndex } from "../wholeIndex.ts"

export const belonging = (it: Suite) => {
  it.effect("belongs to the first hub that it is given", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const first = yield* index.belongTo(HubId.make(randomUUID()))
      assert.strictEqual(yield* index.belongTo(HubId.make(randomUUID())), first)
      assert.deepStrictEqual(yield* index.hub, Option.some(first))
    })
  )
}
