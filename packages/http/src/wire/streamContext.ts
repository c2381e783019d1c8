/** What a streamed answer goes on using after its request was handled. */
import { IndexStore } from "@musehub/domain/port/IndexStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Packing } from "@musehub/domain/usecase/packs/Packing"
import { Context, Effect } from "effect"

export const streamContext = Effect.gen(function* () {
  const stores = yield* Effect.context<ObjectStore | IndexStore>()
  return Context.add(Context.pick(ObjectStore, IndexStore)(stores), Packing, yield* Packing)
})
