/** A hub over HTTP that takes over legacy hubs. */
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { assert } from "@effect/vitest"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import type { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import type { LegacyRecords } from "@musehub/domain/port/legacy/LegacyRecords"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { type AdoptedHub, adoptHub } from "@musehub/domain/usecase/operations/adopt/adoptHub"
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import { verifyHub } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { Context, Effect, Layer } from "effect"
import { fencedRootsOver } from "../../domain/support/rootSamples.ts"
import { type Hub, startHub } from "../../e2e/hub/Hub.ts"

/** What reads a legacy hub. */
export type Legacy = LegacyHub | LegacyRecords

/** A hub with an empty store. */
export const emptyHub = Effect.gen(function* () {
  const store = Context.get(yield* Layer.build(Layer.fresh(MemoryObjectStore.layer())), ObjectStore)
  const index = wholeIndexOf(yield* Layer.build(Layer.fresh(MemoryIndex.layer)))
  const services = Context.make(ObjectStore, store).pipe(Context.merge(yield* fencedRootsOver(store)))
  return yield* startHub(Context.merge(services, portsOf(index)))
})

/** Takes over these repositories, or all. */
export const adopting = (
  hub: Hub,
  legacy: Context.Context<Legacy>,
  names: ReadonlyArray<string> = [],
  mayMint = false
) =>
  adoptHub({ names, mayMint, onAdopted: () => Effect.void, onAdopting: () => undefined }).pipe(
    Effect.provideContext(Context.merge(hub.services, legacy))
  )

/** Lists what stays behind: `owner/slug: row`, sorted. */
export const leftIn = ({ repositories }: AdoptedHub): ReadonlyArray<string> =>
  repositories
    .flatMap(({ quarantined }) => quarantined.map(({ repository, row }) => `${repository}: ${row}`))
    .toSorted()

/** Asserts that reading every byte finds nothing. */
export const assertVerified = Effect.fnUntraced(function* (hub: Hub) {
  const findings: Array<Finding> = []
  const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
  const verify = verifyHub({ level: "deep", version: "1.2.3", onFinding })
  const { faults } = yield* Effect.provideContext(verify, hub.services)
  assert.deepStrictEqual([findings, faults], [[], 0])
})
