/**
 * Which hub a store belongs to, stored as `hub/identity/current` and in the index. It tells a store that lost something
 * from another one, such as the empty folder below a volume that is not mounted.
 */
import { Schema } from "effect"

/** Identifies the store of a hub permanently. Lower-case UUID text. */
export const HubId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { expected: "a lower-case UUID" })
).pipe(Schema.brand("HubId"))
export type HubId = typeof HubId.Type

export const HubIdentity = Schema.Struct({ id: HubId })
export type HubIdentity = typeof HubIdentity.Type
