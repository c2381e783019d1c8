/** The index in memory keeps the contract. */
import * as MemoryIndexStore from "@musehub/adapter-memory/MemoryIndexStore"
import { indexStoreContract } from "@musehub/contract/IndexStoreContract"

indexStoreContract("memory", MemoryIndexStore.layer, { shared: false })
