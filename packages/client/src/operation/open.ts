/** Opens what every operation in an existing folder needs: the folder, its lock, and the hub of a remote. */
import { Effect, Option } from "effect"
import { resolve } from "node:path"
import { FolderUnfit, RemoteUnknown } from "../errors.ts"
import { remoteUrl } from "../layout/config.ts"
import { lock } from "../layout/lock.ts"
import { configFile, mergeStateFile } from "../layout/names.ts"
import { Repository } from "../layout/Repository.ts"
import type { OnProgress } from "../Progress.ts"
import { authorized, type Credentials } from "../remote/Credentials.ts"
import { Remote } from "../remote/Remote.ts"

export const defaultRemote = "origin"

/** The options that operations share. */
export interface TransferOptions extends Credentials {
  /** The folder with the working tree, absolute or relative to the working directory. */
  readonly directory: string
  /** The name of the remote in `config.toml`; defaults to `origin`. */
  readonly remote?: string | undefined
  readonly onProgress?: OnProgress | undefined
}

/** Ignores progress. */
export const unwatched: OnProgress = () => undefined

/** Opens a finished clone, or a repository of the `muse` client, and locks it until the scope closes. */
export const openFolder = Effect.fnUntraced(function* (given: string) {
  const directory = resolve(given)
  const repository = yield* Repository.open(directory)
  yield* lock(repository.files)
  const head = yield* repository.head
  if (Option.isNone(head)) {
    const reason = "holds a clone that is not finished; run the clone again to resume it"
    return yield* new FolderUnfit({ directory, reason })
  }
  return { repository, head: head.value }
})

/** Returns the URL of a remote, if `config.toml` names it. */
export const urlOfRemote = ({ files }: Repository, remote: string) =>
  Effect.map(
    files.text(configFile),
    Option.flatMap((config) => remoteUrl(config, remote))
  )

/** Opens the hub of a remote. */
export const openRemote = Effect.fnUntraced(function* (repository: Repository, options: TransferOptions) {
  const remote = options.remote ?? defaultRemote
  const url = yield* Effect.mapError(
    Effect.fromOption(yield* urlOfRemote(repository, remote)),
    () => new RemoteUnknown({ remote, reason: `${configFile} names no remote ${remote} with a url` })
  )
  return { name: remote, hub: new Remote(yield* authorized(url, options)) }
})

/** Refuses to change the working tree during a merge. */
export const refuseMerge = Effect.fnUntraced(function* ({ files }: Repository) {
  if ((yield* files.standing(mergeStateFile)) === "absent") return
  const reason = "is in the middle of a merge; finish or abort it first (muse merge)"
  yield* new FolderUnfit({ directory: files.directory, reason })
})
