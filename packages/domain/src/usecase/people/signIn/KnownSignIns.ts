/** Sessions as the store has them. The store decides whether a session goes on (`../believing.ts`). */
import { Context, type Effect, Layer, type Option } from "effect"
import type { SignIns } from "../../../hub/SignIns.ts"
import { readSignIns } from "../../../invariant/HubDocuments.ts"
import type { ObjectCorrupt } from "../../../object/Refused.ts"
import type { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import type { UserName } from "../../../repository/Names.ts"
import { believing } from "../believing.ts"

export class KnownSignIns extends Context.Service<
  KnownSignIns,
  {
    /** Returns the link and the sessions of a user as the store had them less than `staleMillisMax` ago. */
    readonly read: (user: UserName) => Effect.Effect<Option.Option<SignIns>, ObjectCorrupt | StoreUnavailable>
    /** Makes the next `read` ask the store, after this process changed them. */
    readonly forget: (user: UserName) => Effect.Effect<void>
  }
>()("@musehub/domain/usecase/people/signIn/KnownSignIns") {}

export const layer: Layer.Layer<KnownSignIns, never, ObjectStore> = Layer.effect(KnownSignIns, believing(readSignIns))
