/** Reads what is left of objects, some of which may be damaged or gone. */
import { Effect } from "effect"
import { isLoss, type PackLoss } from "../../invariant/packs/Damage.ts"

/** Ids that are written to the log; the rest is counted. */
const loggedMax = 20

/**
 * Reads objects together or, where one of them is damaged or gone, one by one without those that are, which it logs.
 * `what` says what the ids are of, `nameOf` how an id is written, and `log` where.
 */
export const whatCanBeRead = <Id, A, E, R>(
  ids: ReadonlyArray<Id>,
  read: (ids: ReadonlyArray<Id>) => Effect.Effect<ReadonlyArray<A>, E, R>,
  what: string,
  nameOf: (id: Id) => string = String,
  log: (message: string, loss: E) => Effect.Effect<void, never, R> = (...said) => Effect.logError(...said)
) => {
  const isLost = (error: E): error is Extract<E, PackLoss> => isLoss(error)
  const apart = (loss: E) =>
    Effect.gen(function* () {
      const lost: Array<Id> = []
      const leftOut = (id: Id) =>
        Effect.sync((): ReadonlyArray<A> => {
          lost.push(id)
          return []
        })
      const found = yield* Effect.forEach(ids, (id) => Effect.catchIf(read([id]), isLost, () => leftOut(id)))
      if (lost.length > 0) {
        yield* log(`${lost.length} ${what} cannot be read: ${lost.slice(0, loggedMax).map(nameOf).join(", ")}`, loss)
      }
      return found.flat()
    })
  return Effect.catchIf(read(ids), isLost, apart)
}
