/** An object store keeps the contract behind deadlines. */
import { layer as guarded } from "@musehub/adapter-guard/guardedStore"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"
import { Duration, Layer } from "effect"

const refreshAgeMillis = 100
const can = { conditionalWrites: true, signUrls: false, refreshAgeMillis }
const deadlines = {
  silenceMax: Duration.seconds(8),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(40)
}

objectStoreContract(
  "deadlines in front of memory",
  Layer.provide(guarded(deadlines), MemoryObjectStore.layer({ refreshAge: refreshAgeMillis })),
  can
)
