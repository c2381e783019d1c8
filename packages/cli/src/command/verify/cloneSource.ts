/** Gives the objects of a clone to a repair of the hub. The folder is only read. */
import type { LocalDamage } from "@musehub/client/errors"
import type { FolderError } from "@musehub/client/layout/Files"
import { Repository } from "@musehub/client/layout/Repository"
import { inSlices } from "@musehub/domain/base/Slices"
import type { ObjectName } from "@musehub/domain/invariant/packs/Packs"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { encodingCommit } from "@musehub/domain/object/Commit"
import type { ObjectRefused } from "@musehub/domain/object/Refused"
import { encodingSnapshot } from "@musehub/domain/object/Snapshot"
import type { ObjectSource } from "@musehub/domain/usecase/operations/verify/lost/ObjectSource"
import { Effect } from "effect"
import { resolve } from "node:path"

/** Reads an object of a clone; undefined if it has none of this name. */
const read = Effect.fnUntraced(function* (
  clone: Repository,
  name: ObjectName
): Effect.fn.Return<CanonicalObject | undefined, FolderError | LocalDamage | ObjectRefused> {
  if (name.type === "commit") {
    if (!(yield* clone.hasCommit(name.id))) return undefined
    const commit = yield* clone.commit(name.id)
    return yield* Effect.fromResult(yield* inSlices(() => encodingCommit(commit)))
  }
  if (name.type === "snapshot") {
    if (!(yield* clone.hasSnapshot(name.id))) return undefined
    const snapshot = yield* clone.snapshot(name.id)
    return yield* inSlices(() => encodingSnapshot(snapshot))
  }
  if (!(yield* clone.hasBlob(name.id))) return undefined
  const { content, size } = yield* clone.blob(name.id)
  return content instanceof Uint8Array ? blobOf(content) : blobArriving(name.id, size, content)
})

/** Opens the clone in a folder as a place that has objects. Those that it has damaged are passed over. */
export const openClone = Effect.fnUntraced(function* (directory: string) {
  const clone = yield* Repository.open(resolve(directory))
  const source: ObjectSource = {
    give: (wanted, take) =>
      Effect.forEach(
        wanted.names,
        (name) =>
          Effect.matchEffect(read(clone, name), {
            onFailure: (error) => Effect.logWarning(`the clone has no good copy of ${name.type} ${name.id}`, error),
            onSuccess: (object) => (object === undefined ? Effect.void : take(object))
          }),
        { discard: true }
      )
  }
  return source
})
