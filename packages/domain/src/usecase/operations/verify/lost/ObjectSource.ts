/** Places where lost objects are looked for, and what they give. */
import type { Effect } from "effect"
import type { CanonicalObject } from "../../../../object/CanonicalObject.ts"
import type { IndexUnavailable } from "../../../../port/index/IndexUnavailable.ts"
import type { StoreUnavailable } from "../../../../port/ObjectStore.ts"
import type { WantedObjects } from "./LostObject.ts"

/** Takes an object, unless it does not prove itself. What is taken is not wanted any more. */
export type TakeObject = (object: CanonicalObject) => Effect.Effect<void, StoreUnavailable>

/** A place that may have the objects that a repository lost. */
export interface ObjectSource {
  /** Gives those of the wanted objects that it has. What it has damaged, it leaves out. */
  readonly give: (wanted: WantedObjects, take: TakeObject) => Effect.Effect<void, StoreUnavailable | IndexUnavailable>
}
