/** The index in memory keeps the contract. */
import * as MemoryIndexStore from "@musehub/adapter-memory/MemoryIndexStore"
import { indexStoreContract } from "@musehub/contract/indexStoreContract"

indexStoreContract("memory", MemoryIndexStore.layer, { shared: false })
