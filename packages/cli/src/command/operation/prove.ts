/** `musehub rebuild --prove`: compares the index with one that is filled from the store beside it. */
import type { Difference } from "@musehub/domain/usecase/operations/rebuild/comparedRows"
import { proveIndex } from "@musehub/domain/usecase/operations/rebuild/proveIndex"
import { Effect } from "effect"
import { shadowIndex } from "../../Composition.ts"
import { IndexDiffers, StoreIncomplete } from "../../errors.ts"
import { print, shown } from "../../output.ts"
import { storageConfiguration } from "../musehub.ts"
import { goingOn } from "./goingOn.ts"
import { rebuilding } from "./rebuilding.ts"

const quoted = (value: string | null): string => JSON.stringify(value)

/** Says on one line how a row differs. */
export const rowLine = ({ difference, key, repository, table, values }: Difference): string => {
  const row = [
    ...(repository === null ? [] : [`repository ${repository}`]),
    ...Array.from(key, ([column, value]) => `${column} ${value}`)
  ].join(", ")
  const told = {
    missing: "the index lacks it, and the store gives it",
    extra: "the index has it, and the store does not give it",
    changed: values
      .map(({ column, live, rebuilt }) => `${column} is ${quoted(live)}, and the store gives ${quoted(rebuilt)}`)
      .join("; ")
  }
  return shown(`${difference} row of ${table}: ${row}: ${told[difference]}`)
}

export const rowJson = ({ difference, key, repository, table, values }: Difference) => ({
  difference,
  table,
  repository,
  key: Object.fromEntries(key),
  values: values.map(({ column, live, rebuilt }) => ({ column, live, rebuilt }))
})

/** Proves the index. Each row that differs is a line as soon as it is known. */
export const prove = Effect.fnUntraced(function* (json: boolean) {
  const shadow = yield* shadowIndex(yield* storageConfiguration)
  const proof = yield* rebuilding(json, (rebuild, found) =>
    proveIndex({
      shadow,
      rebuild,
      onDifference: (difference) =>
        Effect.andThen(Effect.sync(found), print(json, rowJson(difference), rowLine(difference)))
    })
  ).pipe(goingOn("the proof was not finished, and changed nothing: run it again"))
  const { differences, losses } = proof
  yield* print(json, { difference: null, ...proof }, differences === 1 ? "1 difference" : `${differences} differences`)
  if (differences > 0) yield* new IndexDiffers({ differences })
  if (losses > 0) yield* new StoreIncomplete({ losses })
}, Effect.scoped)
