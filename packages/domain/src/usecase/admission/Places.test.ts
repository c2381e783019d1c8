import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Place, type PlaceCaller, Places } from "./Places.ts"

const user = (key: string): PlaceCaller => ({ key, isStranger: false })
const stranger = (key: string): PlaceCaller => ({ key, isStranger: true })

const taken = (places: Places, caller: PlaceCaller): Place => {
  const place = places.take(caller)
  assert.isDefined(place)
  return place
}

describe("places for heavy work", () => {
  it("are half of them for one caller, and the others stay free for other callers", () => {
    const places = new Places({ placesMax: 4, waitingMax: 8 })
    const first = [taken(places, user("ada")), taken(places, user("ada")), taken(places, user("ada"))]
    assert.deepStrictEqual(
      first.map(({ isHeld }) => isHeld),
      [true, true, false]
    )
    assert.isTrue(taken(places, user("bob")).isHeld)
    first[0]?.leave()
    assert.isTrue(first[2]?.isHeld)
  })

  it("are all but one for callers without a token, however many addresses they have", () => {
    const places = new Places({ placesMax: 4, waitingMax: 8 })
    const held = ["1", "2", "3", "4"].map((address) => taken(places, stranger(address)).isHeld)
    assert.deepStrictEqual(held, [true, true, true, false])
    assert.isTrue(taken(places, user("ada")).isHeld)
  })

  it("go to the waiting caller that holds fewest, then to the one that came first", () => {
    const places = new Places({ placesMax: 2, waitingMax: 8 })
    const [ada, bob] = [taken(places, user("ada")), taken(places, user("bob"))]
    const order: Array<string> = []
    const wait = (name: string, caller: PlaceCaller) => taken(places, caller).whenHeld(() => order.push(name))
    wait("ada again", user("ada"))
    wait("eve", user("eve"))
    wait("mallory", user("mallory"))
    bob.leave()
    assert.deepStrictEqual(order, ["eve"])
    ada.leave()
    assert.deepStrictEqual(order, ["eve", "ada again"])
  })

  it("are waited for by a bounded number: a quarter of the queue for one caller", () => {
    const places = new Places({ placesMax: 1, waitingMax: 8 })
    taken(places, user("ada"))
    const waiting = [taken(places, user("ada")), taken(places, user("ada"))]
    assert.isUndefined(places.take(user("ada")))
    for (const name of ["b", "c", "d"]) for (let time = 0; time < 2; time++) taken(places, user(name))
    assert.isUndefined(places.take(user("e")))
    waiting[0]?.leave()
    assert.isDefined(places.take(user("e")))
  })

  it("exist even where there is one of them and no queue", () => {
    const places = new Places({ placesMax: 1, waitingMax: 0 })
    const place = taken(places, stranger("1"))
    assert.isTrue(place.isHeld)
    assert.isUndefined(places.take(user("ada")))
    place.leave()
    place.leave()
    assert.isTrue(taken(places, user("ada")).isHeld)
  })

  const below = (end: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: end - 1 }))
  const Steps = Schema.Array(Schema.Struct({ caller: below(6), leaves: below(30), stays: Schema.Boolean }))

  it.prop(
    "are never more than their number, and none is lost, in whatever order callers come and leave",
    { more: below(5), waitingMax: below(10), steps: Steps },
    ({ more, steps, waitingMax }) => {
      const placesMax = more + 1
      const places = new Places({ placesMax, waitingMax })
      const present: Array<Place> = []
      const leave = (at: number) => present.splice(at % Math.max(1, present.length), 1)[0]?.leave()
      for (const { caller, leaves, stays } of steps) {
        const place = places.take({ key: String(caller), isStranger: caller > 2 })
        if (place !== undefined) present.push(place)
        if (!stays) leave(leaves)
        const held = present.filter(({ isHeld }) => isHeld).length
        assert.isAtMost(held, placesMax)
        assert.isAtMost(present.length - held, waitingMax)
      }
      while (present.length > 0) {
        // Some work runs as long as some waits.
        const running = present.findIndex(({ isHeld }) => isHeld)
        assert.notStrictEqual(running, -1)
        leave(running)
      }
      for (let count = 0; count < placesMax; count++) assert.isTrue(taken(places, user(`late ${count}`)).isHeld)
    }
  )
})
