/** How long the event loop is held, as CPU time of its thread, so that other processes do not count. */
import { Effect } from "effect"

const cpuMillis = () => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}

/** Runs an effect. Returns its result, and the longest turn of the event loop meanwhile, in milliseconds. */
export const longestTurn = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let longest = 0
    let before = cpuMillis()
    const look = () => {
      const now = cpuMillis()
      longest = Math.max(longest, now - before)
      before = now
      next = setImmediate(look)
    }
    let next = setImmediate(look)
    const result = yield* Effect.ensuring(
      effect,
      Effect.sync(() => clearImmediate(next))
    )
    return { result, longest }
  })
