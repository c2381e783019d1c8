/**
 * Long computations in slices. Such a computation is a generator that yields after every few milliseconds of work; who
 * runs it decides whether anything else gets a turn in between. What takes a moment never yields.
 */
import { Effect } from "effect"

/** A computation that can be interrupted where it yields. */
export type Slices<A> = Generator<unknown, A, void>

/**
 * A computation that yields the number of steps that it took since it last yielded, so that it can be ended when it has
 * taken too many. A step is about the reading of one byte or the comparison of two numbers: some nanoseconds.
 */
export type Counted<A> = Generator<number, A, void>

/** Steps after which a counted computation yields. */
export const sliceSteps = 20_000

/** Runs a computation without a pause, where nothing else waits. */
export const atOnce = <A>(slices: Slices<A>): A => {
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}

/** Runs a computation and lets the event loop turn after each slice. */
export const inSlices = <A>(start: () => Slices<A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    const slices = start()
    const first = slices.next()
    if (first.done === true) return Effect.succeed(first.value)
    let last: IteratorResult<unknown, A> = first
    const pausing = Effect.map(Effect.yieldNow, () => {
      last = slices.next()
    })
    return Effect.map(
      Effect.whileLoop({
        while: () => last.done !== true,
        body: () => pausing,
        step: () => undefined
      }),
      () => {
        if (last.done !== true) throw new Error("the computation ended before its last slice")
        return last.value
      }
    )
  })

/**
 * Runs a counted computation and lets the event loop turn after each slice. Returns its result, or undefined after
 * `stepsMax` steps.
 */
export const withinSteps = Effect.fnUntraced(function* <A>(slices: Counted<A>, stepsMax: number) {
  let steps = 0
  let pauseAt = sliceSteps
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return { result: value as A | undefined, steps }
    steps += value
    if (steps > stepsMax) return { result: undefined, steps }
    if (steps < pauseAt) continue
    pauseAt = steps + sliceSteps
    yield* Effect.yieldNow
  }
})

/** Counts each slice of a computation as that many steps. */
export const counted = function* <A>(slices: Slices<A>, steps = sliceSteps): Counted<A> {
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
    yield steps
  }
}

/** The number of entries of a list that a slice handles, at a microsecond or two each. */
export const sliceEntries = 2000

/** Sorts in slices: pieces first, which are then merged in pairs. */
export const sorting = function* <A>(
  items: ReadonlyArray<A>,
  compare: (a: A, b: A) => number
): Slices<ReadonlyArray<A>> {
  if (items.length <= sliceEntries) return items.toSorted(compare)
  let runs: Array<ReadonlyArray<A>> = []
  for (let start = 0; start < items.length; start += sliceEntries) {
    runs.push(items.slice(start, start + sliceEntries).toSorted(compare))
    yield
  }
  while (runs.length > 1) {
    const merged: Array<ReadonlyArray<A>> = []
    for (let pair = 0; pair < runs.length; pair += 2) {
      const [one, other] = [runs[pair] as ReadonlyArray<A>, runs[pair + 1]]
      merged.push(other === undefined ? one : yield* merging(one, other, compare))
    }
    runs = merged
  }
  return runs[0] as ReadonlyArray<A>
}

const merging = function* <A>(
  one: ReadonlyArray<A>,
  other: ReadonlyArray<A>,
  compare: (a: A, b: A) => number
): Slices<ReadonlyArray<A>> {
  const merged: Array<A> = []
  let [atOne, atOther] = [0, 0]
  while (atOne < one.length && atOther < other.length) {
    const [a, b] = [one[atOne] as A, other[atOther] as A]
    if (compare(a, b) <= 0) {
      merged.push(a)
      atOne++
    } else {
      merged.push(b)
      atOther++
    }
    if (merged.length % sliceEntries === 0) yield
  }
  for (; atOne < one.length; atOne++) merged.push(one[atOne] as A)
  for (; atOther < other.length; atOther++) merged.push(other[atOther] as A)
  return merged
}

/** The bytes that are copied in one slice: a millisecond or two, where the memory is new. */
const copiedBytes = 1024 * 1024

/** Joins byte arrays, in slices. */
export const joining = function* (parts: ReadonlyArray<Uint8Array>): Slices<Uint8Array<ArrayBuffer>> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  let pauseAt = copiedBytes
  for (const part of parts) {
    for (let start = 0; start < part.byteLength; start += copiedBytes) {
      const piece = part.subarray(start, start + copiedBytes)
      joined.set(piece, at)
      at += piece.byteLength
      if (at < pauseAt) continue
      pauseAt = at + copiedBytes
      yield
    }
  }
  return joined
}

/** Calls `each` for every item, in slices. */
export const eachInSlices = <A>(items: Iterable<A>, each: (item: A) => void): Effect.Effect<void> =>
  inSlices(function* () {
    let seen = 0
    for (const item of items) {
      each(item)
      if (++seen % sliceEntries === 0) yield
    }
  })

/** The most characters and values of a light value, a value counting as several characters. */
const weightMax = 32 * 1024
const valueWeight = 8

/** Returns what is left of a weight after a value of lists, maps and plain objects; less than 0 if it is heavier. */
const remaining = (value: unknown, weight: number): number => {
  let left = weight - valueWeight
  if (typeof value === "string") return left - value.length
  if (typeof value !== "object" || value === null) return left
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index++) left = remaining(value[index], left)
    return left
  }
  if (value instanceof Map) {
    for (const [key, member] of value as ReadonlyMap<string, unknown>) {
      if (left < 0) break
      left = remaining(member, left - key.length)
    }
    return left
  }
  for (const key in value) {
    if (left < 0) break
    left = remaining((value as { readonly [key: string]: unknown })[key], left - key.length)
  }
  return left
}

/** Returns whether a value is small enough to be encoded at once, whatever is in it. */
export const isLight = (value: unknown): boolean => remaining(value, weightMax) >= 0
