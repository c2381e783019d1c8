/** Reads the objects of a plan as they are taken, each block of a pack once. */
import { Effect, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import { servedBytes } from "../../invariant/servedObjects.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import { type ObjectUnread, readOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { batchesOf, type PackedRun, type Single } from "../../invariant/packs/batchesOf.ts"
import type { Placed } from "./orderPlan.ts"

/** Batches that are read ahead of the socket. */
const batchesAhead = 2

/** Streams the stored bytes of objects in their order. The bytes may be a view of a block. */
export const storedBytes = <P extends Placed>(
  open: OpenRepository,
  entries: ReadonlyArray<P>
): Stream.Stream<{ readonly entry: P; readonly bytes: Uint8Array }, ObjectUnread, ObjectStore | Packs> => {
  const readRun = Effect.fnUntraced(function* ({ run }: PackedRun<P>) {
    const packs = yield* Packs
    const read = yield* packs.read(
      run.map(({ place }) => place),
      { ahead: true }
    )
    return yield* Effect.forEach(run, (entry, position) =>
      Effect.map(readOf(open, entry, Effect.fromResult(elementAt(read, position))), (bytes) => ({ entry, bytes }))
    )
  })
  const readSingle = ({ single }: Single<P>) =>
    Effect.map(
      readOf(open, single, servedBytes({ repository: open.id, type: single.type, id: single.id } as ObjectKey)),
      (bytes) => [{ entry: single, bytes }]
    )
  return Stream.fromIterable(batchesOf(entries), { chunkSize: 1 }).pipe(
    Stream.mapEffect((batch) => ("run" in batch ? readRun(batch) : readSingle(batch)), { concurrency: batchesAhead }),
    Stream.flattenIterable
  )
}
