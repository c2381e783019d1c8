/** Each kind of finding says what mends it, and the page for operators lists each. */
import { assert, describe, it } from "@effect/vitest"
import { findingTags, mendOf, missedTags, rowTags } from "@musehub/domain/usecase/operations/verify/Finding"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { readFile } from "node:fs/promises"
import { at } from "../support/hubSamples.ts"
import { firstPack } from "./planting.ts"
import { assertSound, findingsOf, grownHub, moveRoot } from "./verified.ts"

const page = new URL("../../../../docs/operations.md", import.meta.url)

describe("the findings of verify", () => {
  it("are those that docs/operations.md lists", async () => {
    const listed = [...(await readFile(page, "utf8")).matchAll(/^\| `([A-Z][A-Za-z]+)` +\|/gm)].map(([, tag]) => tag)
    assert.sameMembers(listed, [...findingTags])
  })

  it("say what mends them: a file, a command, or both", () => {
    for (const tag of findingTags) {
      const mend = mendOf(tag, { place: "repositories/x/root", repository: "ada/songs" })
      assert.match(mend, /repositories\/x\/root|musehub /, tag)
      // What may belong to a push under way must not be deleted.
      assert.notInclude(mendOf(tag, { place: "x", repository: "y" }, "notice"), "can be deleted", tag)
    }
    assert.isTrue(missedTags.isSubsetOf(rowTags))
  })

  it.effect("tell of packs that were merged only once they are old, when gc deletes them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* grownHub
      yield* at(hub)(mergePacks(repository.id, 2))
      assert.deepStrictEqual((yield* findingsOf(hub, "deep")).findings, [])
      yield* TestClock.adjust("15 days")
      const { findings } = yield* findingsOf(hub, "deep")
      assert.isNotEmpty(findings)
      for (const { _tag, mend, severity } of findings) {
        assert.deepStrictEqual([_tag, severity, mend], ["PackUnnamed", "notice", "musehub gc"])
      }
    })
  )

  it.effect("are gone once a pack that is named twice was merged, as they say", () =>
    Effect.gen(function* () {
      const grown = yield* grownHub
      const { hub, repository } = grown
      const pack = yield* firstPack(grown)
      yield* moveRoot(hub, repository, ({ packs }) => ({ packs: [...packs, pack] }))
      const { faults } = yield* findingsOf(hub, "quick")
      assert.deepStrictEqual(
        faults.map(({ mend }) => mend),
        ["musehub repo pack ada/songs"]
      )
      yield* at(hub)(mergePacks(repository.id, 2))
      yield* assertSound(hub)
    })
  )
})
