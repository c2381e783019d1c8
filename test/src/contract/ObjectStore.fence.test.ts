/** An object store that ignores every condition keeps the contract behind the fence of the database. */
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"
import { layer as fenceLayer } from "@musehub/domain/invariant/Fence"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Layer } from "effect"
import { ignoringConditions } from "../support/brokenStore.ts"

const refreshAgeMillis = 100
const inner = Layer.effect(ObjectStore, Effect.map(ObjectStore, ignoringConditions)).pipe(
  Layer.provide(MemoryObjectStore.layer({ refreshAge: refreshAgeMillis }))
)

objectStoreContract(
  "no conditions, fenced by the database",
  Layer.provide(fenceLayer("database"), Layer.merge(inner, MemoryIndex.layer)),
  { conditionalWrites: true, signUrls: false, refreshAgeMillis }
)
