/** Encodes a fetched history in dictionary form, part by part as its objects are read. */
import { isLight } from "@musehub/domain/base/Slices"
import type { JsonObject } from "@musehub/domain/object/Json"
import type { FetchedHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { Effect, Stream } from "effect"
import type { Encoding } from "../Encoding.ts"
import { answerParts } from "./answerParts.ts"
import { coalesced } from "./coalesce.ts"

/** `{commits, snapshots, objects, branch_heads}` */
export const historyAnswer = (history: FetchedHistory, encoding: Encoding) => {
  const parts = answerParts[encoding]
  const { counts, heads } = history
  const commits = Stream.mapEffect(history.commits, (record, position) => {
    const value = record as JsonObject
    return isLight(value) ? Effect.succeed(parts.element(value, position)) : parts.longElement(value, position)
  })
  const snapshots = Stream.mapEffect(history.snapshots, parts.snapshot)
  const wholeBlobs = Stream.map(history.wholeBlobs, parts.wholeBlob)
  const streamedBlobs = history.streamedBlobs.pipe(
    Stream.zipWithIndex,
    Stream.flatMap(([blob, index]) => parts.streamedBlob(blob, counts.wholeBlobs + index))
  )
  const piece = (bytes: Uint8Array) => Stream.succeed(bytes)
  return piece(parts.open(4)).pipe(
    Stream.concat(piece(parts.list("commits", counts.commits))),
    Stream.concat(commits),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.list("snapshots", counts.snapshots))),
    Stream.concat(snapshots),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.list("objects", counts.wholeBlobs + counts.streamedBlobs))),
    Stream.concat(wholeBlobs),
    Stream.concat(streamedBlobs),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.last("branch_heads", new Map(heads)))),
    coalesced,
    // What is in memory needs no waiting, and neither does a client on the same machine.
    Stream.tap(() => Effect.yieldNow)
  )
}
