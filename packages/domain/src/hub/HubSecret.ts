/** A secret that the hubs of one store share, stored as `hub/secret/current`. No answer and no line of a log has it. */
import { Schema } from "effect"
import { Sha256 } from "../object/Id.ts"

export const HubSecret = Schema.Struct({ key: Sha256 })
export type HubSecret = typeof HubSecret.Type
