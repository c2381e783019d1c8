import { assert, describe, it } from "@effect/vitest"
import { forgetMillis, halfLifeMillis, Share } from "@musehub/http/fairness/Share"

/** A member that takes some time in each of its turns. */
const member = (turnMillis: number, turns: number) => {
  const left = { turns }
  return {
    millis: 0,
    get isEmpty() {
      return left.turns === 0
    },
    run: (began: number) => {
      left.turns -= 1
      return began + turnMillis
    }
  }
}

const takenMillis = 100

describe("a part of a share", () => {
  it("that had nothing to do for some time is forgotten, with what it took", () => {
    const share = new Share(() => {})
    const part = share.part("ada")
    part.add(member(takenMillis, 1), 0)
    const ended = share.run(0)
    assert.strictEqual(part.millis, takenMillis)
    share.forget(ended + forgetMillis)
    assert.strictEqual(share.part("ada"), part)
    share.forget(ended + forgetMillis + 1)
    assert.notStrictEqual(share.part("ada"), part)
    assert.strictEqual(share.part("ada").millis, 0)
  })

  it("counts what it took half after some time, and goes before one that took more since", () => {
    const share = new Share(() => {})
    const [early, late] = [share.part("ada"), share.part("bob")]
    early.add(member(takenMillis, 1), 0)
    share.run(0)
    late.add(member(takenMillis, 1), halfLifeMillis)
    share.run(halfLifeMillis)
    late.add(member(1, 1), halfLifeMillis * 1.5)
    early.add(member(1, 1), halfLifeMillis * 1.5)
    share.run(halfLifeMillis * 1.5)
    assert.deepStrictEqual([early.isEmpty, late.isEmpty], [true, false])
  })

  it("that waits for a turn is kept, however long it waits", () => {
    const share = new Share(() => {})
    const part = share.part("ada")
    part.add(member(takenMillis, 2), 0)
    const ended = share.run(0)
    share.forget(ended + forgetMillis * 2)
    assert.strictEqual(share.part("ada"), part)
    assert.strictEqual(part.millis, takenMillis)
  })

  it("is forgotten within a part that is busy for another", () => {
    const share = new Share(() => {})
    const users = share.part("user")
    const [idle, busy] = [users.part("ada"), users.part("bob")]
    idle.add(member(takenMillis, 1), 0)
    busy.add(member(takenMillis, 9), 0)
    const ended = share.run(share.run(0))
    share.forget(ended + forgetMillis)
    assert.strictEqual(share.part("user"), users)
    assert.notStrictEqual(users.part("ada"), idle)
    assert.strictEqual(users.part("bob"), busy)
  })
})
