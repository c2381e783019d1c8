/** What a client receives from a hub without a network. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { Repository } from "@musehub/domain/repository/Root"
import { fetchHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { fetchMpack } from "@musehub/domain/usecase/fetch/fetchMpack"
import { Effect, Stream } from "effect"
import { at, opened, type TestHub } from "./hubSamples.ts"

/** The bytes of a fetch answer. */
export const fetched = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId> = []
) {
  const open = yield* opened(hub, repository)
  const stream = yield* at(hub)(fetchMpack(open, { want, have, haveBlobs: [] }))
  return Buffer.concat(yield* at(hub)(Stream.runCollect(stream)))
}, Effect.scoped)

/** The objects of a fetch answer as dictionaries: commits with all remarks, and the bytes of the others. */
export const fetchedDictionaries = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId> = []
) {
  const open = yield* opened(hub, repository)
  const { commits, snapshots, streamedBlobs, wholeBlobs } = yield* at(hub)(
    fetchHistory(open, { want, have, haveBlobs: [] })
  )
  return {
    commits: yield* at(hub)(Stream.runCollect(commits)),
    snapshots: yield* at(hub)(Stream.runCollect(Stream.map(snapshots, ({ bytes, id }) => [id, bytes] as const))),
    blobs: yield* at(hub)(Stream.runCollect(Stream.map(wholeBlobs, ({ content, id }) => [id, content] as const))),
    large: yield* at(hub)(Stream.runCollect(Stream.map(streamedBlobs, ({ id, size }) => [id, size] as const)))
  }
}, Effect.scoped)
