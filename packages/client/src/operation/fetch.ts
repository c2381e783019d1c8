/** `fetch`: downloads what is missing and updates the tracking refs; changes neither branches nor the working tree. */
import { Effect } from "effect"
import { openFolder, openRemote, type TransferOptions, unwatched } from "./open.ts"
import { track, transfer } from "./transfer.ts"

/**
 * Fetches all branches of a remote. Fails with `RemoteUnreachable` after several attempts without progress, and keeps
 * the received objects.
 */
export const fetch = Effect.fn("client.fetch")(function* (options: TransferOptions) {
  const { repository } = yield* openFolder(options.directory)
  const { name, hub } = yield* openRemote(repository, options)
  const refs = yield* hub.refs
  const transferred = yield* transfer(repository, hub, refs, options.onProgress ?? unwatched)
  yield* track(repository, name, refs)
  return { ...transferred, heads: refs.heads }
}, Effect.scoped)
