/** After any program, an index that is filled from the store has the same rows: in memory, and on Postgres. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { startHub } from "../support/hubSamples.ts"
import { hubAt, inMemory, onPostgres, proved } from "./proofs.ts"
import { runProgram } from "./runProgram.ts"

const kinds = [
  { name: "in memory", place: inMemory, programs: 6, steps: 50 },
  { name: "on Postgres", place: onPostgres, programs: 4, steps: 40 }
] as const

describe("a proof", () => {
  for (const { name, place, programs, steps } of kinds) {
    it.live(
      `finds 0 differences after random programs, ${name}`,
      () =>
        forSeeds(programs, (random) =>
          Effect.gen(function* () {
            const at = yield* place
            const hub = yield* hubAt(at)
            yield* runProgram(random, [hub, yield* startHub(hub)], steps)
            const { differences, proof } = yield* proved(hub, at)
            assert.deepStrictEqual(differences, [])
            assert.deepInclude(proof, { differences: 0, losses: 0, users: 2, tokens: 2 })
          }).pipe(Effect.scoped)
        ),
      180_000
    )
  }
})
