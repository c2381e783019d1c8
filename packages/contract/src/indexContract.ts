/**
 * Tests of every index's promises, by topic. An adapter runs the suite from a test file that calls `indexContract` with
 * its layer. Each test uses its own repositories and users, so the suite may run against an index that others use.
 */
import { it } from "@effect/vitest"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import * as PacksModule from "@musehub/domain/invariant/packs/Packs"
import * as RootsModule from "@musehub/domain/invariant/Roots"
import type { Index } from "@musehub/domain/port/index/Index"
import { Layer } from "effect"
import { awkwardText } from "./index/awkwardText.ts"
import { belonging } from "./index/belonging.ts"
import { concurrency } from "./index/concurrency.ts"
import { derivations } from "./index/derived/derivations.ts"
import { lines } from "./index/derived/lines.ts"
import { marks } from "./index/derived/marks.ts"
import { symbols } from "./index/derived/symbols.ts"
import { domains } from "./index/domains.ts"
import { forgetting } from "./index/forgetting.ts"
import { graph } from "./index/graph.ts"
import { ledger } from "./index/ledger.ts"
import { manifests } from "./index/manifests.ts"
import { packs } from "./index/packs.ts"
import { people } from "./index/people.ts"
import { proposals } from "./index/proposals.ts"
import { recording } from "./index/recording.ts"
import { reflecting } from "./index/reflecting.ts"
import { remarks } from "./index/remarks.ts"
import { holders, listing } from "./index/visibility.ts"
import type { Capabilities } from "./IndexSuite.ts"

/** An in-memory store with packs and roots, which make evidence and are unknown to the index under test. */
export const evidence = PacksModule.layer.pipe(
  Layer.provideMerge(RootsModule.layer),
  Layer.provideMerge(MemoryObjectStore.layer())
)

/** Registers the suite with Vitest. The layer is built once. Its clock is the real one, since indexes use real time. */
export const indexContract = <E>(name: string, layer: Layer.Layer<Index, E>, can: Capabilities): void =>
  it.layer(Layer.merge(layer, evidence), { timeout: "2 minutes", excludeTestServices: true })(
    `Index (${name})`,
    (it) => {
      recording(it)
      belonging(it)
      reflecting(it)
      forgetting(it)
      awkwardText(it)
      graph(it)
      holders(it)
      listing(it)
      manifests(it)
      packs(it)
      people(it)
      domains(it)
      proposals(it)
      remarks(it)
      derivations(it)
      lines(it)
      marks(it)
      symbols(it)
      concurrency(it)
      ledger(it, layer, can)
    }
  )
