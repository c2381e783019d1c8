/**
 * Tests of every object store's promises. An adapter runs the suite from a test file that calls `objectStoreContract`
 * with its layer and its capabilities. A test that does not apply says why in its title. Each test uses its own
 * repositories, so the suite may run against a store that others use.
 */
import { it } from "@effect/vitest"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Layer } from "effect"
import { arrivingBytes } from "./objectStore/arrivingBytes.ts"
import { damage } from "./objectStore/damage.ts"
import { deletion } from "./objectStore/deletion.ts"
import { documents } from "./objectStore/documents.ts"
import { downloads } from "./objectStore/downloads.ts"
import { listing } from "./objectStore/listing.ts"
import { putAndGet } from "./objectStore/putAndGet.ts"
import { races } from "./objectStore/races.ts"
import { ranges } from "./objectStore/ranges.ts"
import type { Capabilities } from "./objectStore/support.ts"
import { uploads } from "./objectStore/uploads.ts"

/** Registers the suite with Vitest. The layer is built once. Its clock is the real one, since stores use real time. */
export const objectStoreContract = <E>(name: string, layer: Layer.Layer<ObjectStore, E>, can: Capabilities): void =>
  it.layer(layer, { timeout: "2 minutes", excludeTestServices: true })(`ObjectStore (${name})`, (it) => {
    putAndGet(it, can)
    arrivingBytes(it)
    damage(it)
    ranges(it)
    listing(it)
    deletion(it)
    documents(it, can)
    races(it, can)
    uploads(it, can)
    downloads(it, can)
  })
