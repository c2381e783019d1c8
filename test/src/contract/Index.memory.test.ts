/** The index in memory keeps the contract. */
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { indexContract } from "@musehub/contract/indexContract"

indexContract("memory", MemoryIndex.layer, { shared: false })
