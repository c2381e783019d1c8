/** The index in memory keeps the contract. */
import * as MemoryIndexStore from "@musehub/adapter-memory/MemoryIndexStore"
import { indexStoreContract } from "./IndexStoreContract.ts"

indexStoreContract("memory", MemoryIndexStore.layer, { shared: false })
