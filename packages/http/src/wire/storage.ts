/** What a streamed answer goes on reading from after its request was handled. */
import { IndexStore } from "@musehub/domain/port/IndexStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect } from "effect"

export const storage = Effect.map(Effect.context<ObjectStore | IndexStore>(), Context.pick(ObjectStore, IndexStore))
