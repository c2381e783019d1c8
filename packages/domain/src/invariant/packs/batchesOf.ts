/** Cuts a list of objects into what is read together. */
import type { PackedPlace } from "./PackReads.ts"

/** An object, and where it is in a pack, if it is in one. */
interface Placed {
  readonly place: PackedPlace | undefined
}

/** Bounds of a batch; a single object may be larger. */
const batchBytesMax = 1024 * 1024
const batchObjectsMax = 1024

/** Consecutive objects of packs. */
export interface PackedRun<P extends Placed> {
  readonly run: ReadonlyArray<P & { readonly place: PackedPlace }>
}

/** An object that is in no pack. */
export interface Single<P extends Placed> {
  readonly single: P
}

const isPacked = <P extends Placed>(entry: P): entry is P & { readonly place: PackedPlace } => entry.place !== undefined

/** Cuts the objects into runs of packed ones, and single others, in their order. */
export function* batchesOf<P extends Placed>(
  entries: ReadonlyArray<P>
): Generator<PackedRun<P> | Single<P>, void, undefined> {
  let run: Array<P & { readonly place: PackedPlace }> = []
  let bytes = 0
  for (const entry of entries) {
    const size = isPacked(entry) ? entry.place.object.size : batchBytesMax
    if (run.length > 0 && (run.length === batchObjectsMax || bytes + size > batchBytesMax || !isPacked(entry))) {
      yield { run }
      run = []
      bytes = 0
    }
    if (isPacked(entry)) {
      run.push(entry)
      bytes += size
    } else yield { single: entry }
  }
  if (run.length > 0) yield { run }
}
