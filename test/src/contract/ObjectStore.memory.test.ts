/** The object store in memory keeps the contract. */
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"

const refreshAgeMillis = 100

objectStoreContract("memory", MemoryObjectStore.layer({ refreshAge: refreshAgeMillis }), {
  conditionalWrites: true,
  signUrls: false,
  refreshAgeMillis
})
