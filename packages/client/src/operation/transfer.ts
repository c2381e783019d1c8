/**
 * Downloads a hub's objects. After a lost connection, received objects stay, and the next request asks for the rest, in
 * this run or a later one.
 */
import { storedPathRefusal } from "@musehub/domain/object/pathRefusal"
import type { CommitId } from "@musehub/domain/object/Id"
import { haveBlobsMax } from "@musehub/domain/wire/Limits"
import { MpackRefused, type MpackVersionUnknown } from "@musehub/domain/wire/mpack/Refused"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Effect } from "effect"
import { AnswerUnsound, printable, RemoteBrokeOff, RemoteUnreachable } from "../errors.ts"
import { type Holdings, holdingsOf, holdsOf } from "../Holdings.ts"
import { filesAtOnce } from "../layout/Files.ts"
import type { Repository } from "../layout/Repository.ts"
import { readUnfinished, writeUnfinished } from "../layout/Unfinished.ts"
import { receiveLimits } from "../limits.ts"
import { Meter, type OnProgress, type Progress } from "../Progress.ts"
import { Receiver } from "../receive.ts"
import type { RemoteRefs } from "../remote/answers.ts"
import type { Remote } from "../remote/Remote.ts"
import { retrying } from "../remote/retry.ts"

/** The totals of a transfer. */
export type Transferred = Pick<Progress, "objects" | "bytes">

/** Maps a cut stream to a retryable error, or to what the hub said of it; any other fault of it is the hub's. */
const unsound =
  (url: string) =>
  (error: MpackRefused | MpackVersionUnknown): AnswerUnsound | RemoteBrokeOff | RemoteUnreachable => {
    if (!(error instanceof MpackRefused) || error.kind !== "cut")
      return new AnswerUnsound({ url, reason: error.message })
    if (error.abort === undefined) return new RemoteUnreachable({ url, cause: error })
    const { object, request, retry } = error.abort
    return new RemoteBrokeOff({
      url,
      object: printable(object?.join(" ") ?? ""),
      error: printable(error.abort.error),
      isRetryable: retry,
      requestId: printable(request)
    })
  }

const isMpackError = (error: { readonly _tag: string }): error is MpackRefused | MpackVersionUnknown =>
  error._tag === "MpackRefused" || error._tag === "MpackVersionUnknown"

/** Fetches the history of some commits, in one attempt. */
const attempt = Effect.fnUntraced(function* (
  repository: Repository,
  hub: Remote,
  refs: RemoteRefs,
  want: ReadonlySet<CommitId>,
  held: Holdings,
  receiver: Receiver,
  meter: Meter
) {
  const left = [...want].filter((id) => !receiver.arrived.has(id))
  if (left.length === 0) return
  const body = yield* hub.fetch({
    want: left,
    have: [...new Set([...held.tips, ...receiver.tips])],
    haveBlobs: [...receiver.strays].slice(-haveBlobsMax)
  })
  const { header, objects } = yield* readMpack(body, {
    holds: holdsOf(repository, held),
    limits: receiveLimits,
    pathRule: storedPathRefusal
  })
  if (header.repository !== refs.repository) {
    const reason = `it is of repository ${header.repository} and not of ${refs.repository}`
    return yield* new AnswerUnsound({ url: hub.url, reason })
  }
  meter.promised(header.commits + header.snapshots + header.blobs, header.bytes)
  yield* receiver.takeAll(objects)
  const absent = left.find((id) => !receiver.arrived.has(id))
  if (absent !== undefined) {
    return yield* new AnswerUnsound({ url: hub.url, reason: `it ends well, but without commit ${absent}` })
  }
}, Effect.scoped)

/**
 * Fetches the history of the hub's heads. Notes in the folder that this is under way; the caller removes the note once
 * refs reach the received commits.
 */
export const transfer = Effect.fnUntraced(function* (
  repository: Repository,
  hub: Remote,
  refs: RemoteRefs,
  onProgress: OnProgress
) {
  const unfinished = yield* readUnfinished(repository.files)
  const held = yield* holdingsOf(repository, unfinished.receiving)
  const heads = new Set(refs.heads.values())
  const here = yield* Effect.filter([...heads], (id) => repository.hasCommit(id), { concurrency: filesAtOnce })
  const want = heads.difference(new Set(here.filter((id) => !held.incomplete.has(id))))
  const meter = new Meter(onProgress)
  if (want.size > 0) {
    // The note's modification time dates what has arrived since, so an existing note stays.
    if (!unfinished.receiving) yield* writeUnfinished(repository.files, { ...unfinished, receiving: true })
    const receiver = new Receiver(repository, meter, held.strays)
    let before = 0
    const gained = () => {
      const more = receiver.written > before
      before = receiver.written
      return more
    }
    const run = attempt(repository, hub, refs, want, held, receiver, meter).pipe(
      Effect.catchIf(isMpackError, (error) => Effect.fail(unsound(hub.url)(error)))
    )
    yield* retrying(run, gained)
  }
  const { objects, bytes } = meter.progress
  const transferred: Transferred = { objects, bytes }
  return transferred
})

/** Writes the tracking refs; from here on, refs reach everything that was received. */
export const track = Effect.fnUntraced(function* (repository: Repository, remote: string, refs: RemoteRefs) {
  for (const [branch, id] of refs.heads) {
    const known = yield* repository.tracking(remote, branch)
    if (known._tag === "None" || known.value !== id) yield* repository.writeTracking(remote, branch, id)
  }
  const { checkouts } = yield* readUnfinished(repository.files)
  yield* writeUnfinished(repository.files, { receiving: false, checkouts })
})
