/**
 * Makes the plan of an answer once for all callers that ask the same at the same time, and bounds the large plans that
 * are in memory while their answers are sent.
 */
import { Effect, type Scope } from "effect"
import { sha256 } from "../../object/Digest.ts"
import type { WantHave } from "../../wire/requests.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type Admitted, admitted, type HubBusy, keepLarge } from "../admission/Admission.ts"
import { shared } from "../admission/SharedWork.ts"

/** The most ids of a question that is compared with others. Clones that meet have none in `have`. */
const comparedIdsMax = 1000

/** The number of objects from which on a plan is large: some 5 MiB. */
const largeObjects = 20_000

/**
 * Plans an answer of a form, in a place for heavy work. Plans of different forms are not shared. `sizeOf` counts the
 * objects of the plan. The plan belongs to the scope, so it must stay open until the answer is sent.
 */
export const sharedPlan = <A, E, R>(
  open: OpenRepository,
  form: string,
  { have, haveBlobs, want }: WantHave,
  plan: Effect.Effect<A, E, R>,
  sizeOf: (plan: A) => number
): Effect.Effect<A, E | HubBusy, Exclude<R, Admitted> | Scope.Scope> => {
  const made = Effect.tap(admitted("plan", plan), (made) => (sizeOf(made) < largeObjects ? Effect.void : keepLarge))
  if (have.length + haveBlobs.length + want.length > comparedIdsMax) return made
  const question = [form, open.root.sha256, open.indexed, want, have, haveBlobs]
  return shared(`${open.id} ${sha256(JSON.stringify(question))}`, made)
}
