/**
 * `clone`: creates a folder with everything that a hub has. HEAD is written last, so a folder without it is an
 * interrupted clone, which the same command resumes.
 */
import type { CommitId } from "@musehub/domain/object/Id"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import type { BranchName } from "@musehub/domain/repository/Names"
import { Clock, Effect, Option } from "effect"
import { mkdir } from "node:fs/promises"
import { resolve } from "node:path"
import { FolderUnfit } from "../errors.ts"
import { configText, remoteUrl } from "../layout/config.ts"
import { attempt, Files } from "../layout/Files.ts"
import { lock } from "../layout/lock.ts"
import { configFile, museFolder } from "../layout/names.ts"
import { Repository } from "../layout/Repository.ts"
import { nothingUnfinished, writeUnfinished } from "../layout/Unfinished.ts"
import { type RemoteRefs } from "../remote/answers.ts"
import { authorized } from "../remote/Credentials.ts"
import { Remote } from "../remote/Remote.ts"
import { checkout, type CheckedOut } from "../workingTree/checkout.ts"
import { defaultRemote, type TransferOptions, unwatched } from "./open.ts"
import { track, type Transferred, transfer } from "./transfer.ts"

export interface CloneOptions extends Omit<TransferOptions, "remote"> {
  /** The repository's address: `https://hub/owner/name`. */
  readonly url: string
}

export interface Cloned extends Transferred, CheckedOut {
  /** Absolute. */
  readonly directory: string
  /** The checked-out branch. */
  readonly branch: BranchName
  /** Null if the repository is empty. */
  readonly head: CommitId | null
  readonly branches: number
  /** Whether an interrupted clone was finished. */
  readonly resumed: boolean
}

/** Checks that the folder is empty, or contains the beginning of the same clone; says which. */
const prepare = Effect.fnUntraced(function* (repository: Repository, url: string) {
  const { files } = repository
  const { directory } = files
  const unfit = (reason: string) => new FolderUnfit({ directory, reason })
  const names = yield* files.names(".")
  if (!names.includes(museFolder)) {
    return names.length === 0 ? false : yield* unfit("is not empty, and nothing in it is overwritten")
  }
  if (Option.isSome(yield* repository.head)) return yield* unfit("is a repository already; use pull")
  const config = yield* files.text(configFile)
  const begun = Option.flatMap(config, (text) => remoteUrl(text, defaultRemote))
  if (Option.isSome(config) && Option.getOrUndefined(begun) !== url) {
    return yield* unfit(`holds the beginning of a clone of ${Option.getOrElse(begun, () => "something else")}`)
  }
  return true
})

/** Writes the repository's identity, once. */
const adopt = Effect.fnUntraced(function* (repository: Repository, url: string, refs: RemoteRefs) {
  const { files } = repository
  const known = yield* repository.identity
  if (Option.isSome(known) && known.value.repositoryId !== refs.repository) {
    const reason =
      `holds the beginning of a clone of repository ${known.value.repositoryId}, and ${url} is ` +
      `${refs.repository} now`
    return yield* new FolderUnfit({ directory: files.directory, reason })
  }
  if (Option.isSome(known)) return
  yield* files.replace(configFile, configText({ name: defaultRemote, url, branch: refs.defaultBranch }))
  const now = committedAtOf(yield* Clock.currentTimeMillis)
  yield* repository.writeIdentity({ repositoryId: refs.repository, domain: refs.domain }, now)
})

/** Chooses the branch to check out: the default branch, or the first if that has no commit. */
const branchOf = ({ defaultBranch, heads }: RemoteRefs): BranchName => {
  const [first = defaultBranch] = heads.keys()
  return heads.has(defaultBranch) ? defaultBranch : first
}

/**
 * Clones a repository into a folder that is empty or missing, or resumes an interrupted clone. Fails with
 * `RemoteUnreachable` after several attempts without progress, and keeps the received objects for the next run.
 */
export const clone = Effect.fn("client.clone")(function* (options: CloneOptions) {
  const hubAddress = yield* authorized(options.url, options)
  const { url } = hubAddress
  const directory = resolve(options.directory)
  const files = new Files(directory)
  const repository = new Repository(files)
  yield* prepare(repository, url)
  const hub = new Remote(hubAddress)
  // Nothing is created for a repository that does not exist.
  const refs = yield* hub.refs
  yield* attempt("make folder", directory, () => mkdir(directory, { recursive: true }))
  const resumed = yield* prepare(repository, url)
  yield* lock(files)
  yield* adopt(repository, url, refs)
  const transferred = yield* transfer(repository, hub, refs, options.onProgress ?? unwatched)
  yield* track(repository, defaultRemote, refs)

  const branch = branchOf(refs)
  const head = refs.heads.get(branch) ?? null
  let checkedOut: CheckedOut = { filesWritten: 0, filesRemoved: 0, filesRefused: [] }
  if (head !== null) {
    const { snapshotId } = yield* repository.commit(head)
    checkedOut = yield* checkout(repository, undefined, yield* repository.snapshot(snapshotId))
  }
  for (const [name, id] of refs.heads) yield* repository.writeBranch(name, id)
  if (head === null) yield* repository.writeBranch(branch, null)
  yield* repository.writeHead(branch)
  yield* writeUnfinished(files, nothingUnfinished)
  const branches = refs.heads.size
  const cloned: Cloned = { directory, branch, head, branches, resumed, ...transferred, ...checkedOut }
  return cloned
}, Effect.scoped)
