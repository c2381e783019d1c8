/** An index keeps the contract behind deadlines. */
import { layer as late } from "@musehub/adapter-guard/lateIndex"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { indexContract } from "@musehub/contract/indexContract"
import { Duration } from "effect"

const deadlines = {
  silenceMax: Duration.seconds(5),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(40)
}

indexContract("deadlines in front of memory", late(MemoryIndex.layer, deadlines), { shared: false })
