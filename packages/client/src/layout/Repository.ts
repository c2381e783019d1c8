/**
 * A local repository of a client: its identity, its refs, its objects (docs/wire.md, section 2). Reads the files of the
 * `muse` client, and recomputes the id on every read of a commit or snapshot.
 */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import type { Commit } from "@musehub/domain/object/Commit"
import { type BlobId, CommitId, emptyBlobId, type SnapshotId } from "@musehub/domain/object/Id"
import { storedPathRefusal } from "@musehub/domain/object/pathRefusal"
import { type Snapshot, SnapshotChecker } from "@musehub/domain/object/Snapshot"
import { type BranchName, branchName } from "@musehub/domain/repository/Names"
import { Effect, Option, Result, Schema, Stream } from "effect"
import { FolderUnfit, LocalDamage } from "../errors.ts"
import { Files, filesAtOnce, type FolderError } from "./Files.ts"
import { pythonJson } from "./json.ts"
import {
  branchesFolder,
  branchFile,
  commitFile,
  commitsFolder,
  headFile,
  objectFile,
  remotesFolder,
  repositoryFile,
  snapshotFile,
  trackingFile
} from "./names.ts"
import { commitIn, snapshotIn } from "./records.ts"

/** The content of HEAD. */
export type Head =
  | { readonly type: "branch"; readonly branch: BranchName }
  | { readonly type: "detached"; readonly commit: CommitId }

/** The content of `repo.json`. */
export interface Identity {
  readonly repositoryId: string
  readonly domain: string
}

/** The version of the `muse` client with this layout. */
const schemaVersion = "0.1.5"

const isCommitId = Schema.is(CommitId)

const branchHead = /^ref: refs\/heads\/([^\n]+)\n?$/
const detachedHead = /^commit: ([0-9a-f]{64})\n?$/
const commitName = /^([0-9a-f]{64})\.json$/

/** The largest blob that is read whole. */
const wholeBytesMax = 1024 * 1024

export interface LocalBlob {
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, LocalDamage>
}

export class Repository {
  readonly files: Files
  /** Checks snapshots: those of one history share most paths and blobs, and each of these is checked once. */
  readonly #checker = new SnapshotChecker(storedPathRefusal)

  constructor(files: Files) {
    this.files = files
  }

  /** Opens the repository in a folder. */
  static open(directory: string): Effect.Effect<Repository, FolderError | FolderUnfit> {
    const files = new Files(directory)
    return Effect.flatMap(files.standing(repositoryFile), (standing) =>
      standing === "file"
        ? Effect.succeed(new Repository(files))
        : Effect.fail(new FolderUnfit({ directory, reason: `is no muse repository: it has no ${repositoryFile}` }))
    )
  }

  readonly identity: Effect.Effect<Option.Option<Identity>, FolderError | LocalDamage> = Effect.suspend(() =>
    Effect.flatMap(this.files.text(repositoryFile), (text) => {
      if (Option.isNone(text)) return Effect.succeed(Option.none())
      const json = Result.getOrElse(parseJson(text.value), () => null)
      const { repo_id: repositoryId, domain = "midi" } = Object(json) as { repo_id?: unknown; domain?: unknown }
      return typeof repositoryId === "string" && typeof domain === "string"
        ? Effect.succeed(Option.some({ repositoryId, domain }))
        : Effect.fail(new LocalDamage({ path: repositoryFile, reason: "it names no repo_id" }))
    })
  )

  /** Writes `repo.json`. `createdAt` is a time in the client's form. */
  writeIdentity({ repositoryId, domain }: Identity, createdAt: string): Effect.Effect<void, FolderError> {
    const fields = { repo_id: repositoryId, schema_version: schemaVersion, created_at: createdAt, domain }
    return this.files.replace(repositoryFile, pythonJson(fields))
  }

  /** Reads HEAD; none in an unfinished clone. */
  readonly head: Effect.Effect<Option.Option<Head>, FolderError | LocalDamage> = Effect.suspend(() =>
    Effect.flatMap(this.files.text(headFile), (text) => {
      if (Option.isNone(text)) return Effect.succeed(Option.none())
      const commit = detachedHead.exec(text.value)?.[1]
      if (isCommitId(commit)) return Effect.succeed(Option.some({ type: "detached", commit } as const))
      const branch = branchName(branchHead.exec(text.value)?.[1] ?? "")
      return Result.isSuccess(branch)
        ? Effect.succeed(Option.some({ type: "branch", branch: branch.success } as const))
        : Effect.fail(new LocalDamage({ path: headFile, reason: "it names neither a branch nor a commit" }))
    })
  )

  writeHead(branch: BranchName): Effect.Effect<void, FolderError> {
    return this.files.replace(headFile, `ref: refs/heads/${branch}\n`)
  }

  /** Reads a ref; none if it is missing or empty, as before a first commit. */
  #ref(path: string): Effect.Effect<Option.Option<CommitId>, FolderError | LocalDamage> {
    return Effect.flatMap(this.files.text(path), (text) => {
      const id = Option.getOrElse(text, () => "").trim()
      if (id === "") return Effect.succeed(Option.none())
      return isCommitId(id)
        ? Effect.succeed(Option.some(id))
        : Effect.fail(new LocalDamage({ path, reason: "it holds no commit id" }))
    })
  }

  branch(name: BranchName): Effect.Effect<Option.Option<CommitId>, FolderError | LocalDamage> {
    return this.#ref(branchFile(name))
  }

  tracking(remote: string, name: BranchName): Effect.Effect<Option.Option<CommitId>, FolderError | LocalDamage> {
    return this.#ref(trackingFile(remote, name))
  }

  writeBranch(name: BranchName, id: CommitId | null): Effect.Effect<void, FolderError> {
    return this.files.replace(branchFile(name), id ?? "")
  }

  /**
   * Writes a tracking ref. Removes refs in its way (a file in place of a folder, or the reverse): they belong to
   * branches that the remote no longer has.
   */
  writeTracking(remote: string, name: BranchName, id: CommitId): Effect.Effect<void, FolderError> {
    const path = trackingFile(remote, name)
    const top = `${remotesFolder}/${remote}`
    return Effect.gen({ self: this }, function* () {
      for (let slash = path.indexOf("/", top.length + 1); slash > 0; slash = path.indexOf("/", slash + 1)) {
        const folder = path.slice(0, slash)
        if ((yield* this.files.standing(folder)) === "file") yield* this.files.remove(folder, top)
      }
      if ((yield* this.files.standing(path)) === "folder") yield* this.files.removeAll(path)
      yield* this.files.replace(path, id)
    })
  }

  /** Lists the files of all branches and tracking refs. */
  readonly refFiles: Effect.Effect<ReadonlyArray<string>, FolderError> = Effect.suspend(() =>
    Effect.map(
      Effect.all([this.files.filesBelow(branchesFolder), this.files.filesBelow(remotesFolder)]),
      ([branches, tracking]) => [
        ...branches.map((name) => `${branchesFolder}/${name}`),
        ...tracking.map((name) => `${remotesFolder}/${name}`)
      ]
    )
  )

  /** Returns the commits that refs name. */
  readonly refs: Effect.Effect<ReadonlySet<CommitId>, FolderError | LocalDamage> = Effect.suspend(() =>
    Effect.map(
      Effect.flatMap(this.refFiles, (paths) =>
        Effect.forEach(paths, (path) => this.#ref(path), { concurrency: filesAtOnce })
      ),
      (ids) => new Set(ids.flatMap((id) => Option.toArray(id)))
    )
  )

  /** Lists the ids that commit files are named after. */
  readonly commitIds: Effect.Effect<ReadonlyArray<CommitId>, FolderError> = Effect.suspend(() =>
    Effect.map(this.files.names(commitsFolder), (names) =>
      names.flatMap((name) => {
        const id = commitName.exec(name)?.[1]
        return isCommitId(id) ? [id] : []
      })
    )
  )

  hasCommit(id: CommitId): Effect.Effect<boolean, FolderError> {
    return this.#isFile(commitFile(id))
  }

  hasSnapshot(id: SnapshotId): Effect.Effect<boolean, FolderError> {
    return this.#isFile(snapshotFile(id))
  }

  hasBlob(id: BlobId): Effect.Effect<boolean, FolderError> {
    return this.#isFile(objectFile(id))
  }

  #isFile(path: string): Effect.Effect<boolean, FolderError> {
    return Effect.map(this.files.standing(path), (standing) => standing === "file")
  }

  /** Reads a commit and checks its id. */
  commit(id: CommitId): Effect.Effect<Commit, FolderError | LocalDamage> {
    const path = commitFile(id)
    return Effect.gen({ self: this }, function* () {
      const text = yield* this.#record(path)
      const read = commitIn(text, id, () => [])
      if (Result.isSuccess(read)) return read.success
      const candidates = yield* this.commitIds
      return yield* Effect.mapError(
        Effect.fromResult(commitIn(text, id, () => candidates)),
        (reason) => new LocalDamage({ path, reason })
      )
    })
  }

  /** Reads a snapshot and checks its id. */
  snapshot(id: SnapshotId): Effect.Effect<Snapshot, FolderError | LocalDamage> {
    const path = snapshotFile(id)
    return Effect.flatMap(this.#record(path), (text) =>
      Effect.mapError(
        Effect.fromResult(snapshotIn(text, id, this.#checker)),
        (reason) => new LocalDamage({ path, reason })
      )
    )
  }

  #record(path: string): Effect.Effect<string, FolderError | LocalDamage> {
    return Effect.flatMap(this.files.text(path), (text) =>
      Effect.mapError(Effect.fromOption(text), () => new LocalDamage({ path, reason: "it is not there" }))
    )
  }

  /** Returns the size of a blob. The `muse` client drops empty files on receipt, so the empty blob may be missing. */
  blobSize(id: BlobId): Effect.Effect<number, FolderError | LocalDamage> {
    if (id === emptyBlobId) return Effect.succeed(0)
    const path = objectFile(id)
    return Effect.flatMap(this.files.size(path), (size) =>
      Effect.mapError(Effect.fromOption(size), () => new LocalDamage({ path, reason: "it is not there" }))
    )
  }

  /**
   * Reads a blob: whole and checked if it is small, else as a stream that fails at its end if it does not match the id.
   */
  blob(id: BlobId): Effect.Effect<LocalBlob, FolderError | LocalDamage> {
    const path = objectFile(id)
    const damage = ({ reason }: { readonly reason: string }) => new LocalDamage({ path, reason })
    return Effect.gen({ self: this }, function* () {
      const size = yield* this.blobSize(id)
      if (size > wholeBytesMax) {
        const { content } = blobArriving(id, size, this.files.stream(path))
        const checked = content instanceof Uint8Array ? Stream.succeed(content) : Stream.mapError(content, damage)
        return { size, content: checked }
      }
      const content = size === 0 ? new Uint8Array(0) : yield* this.files.bytes(path)
      const computed = blobOf(content).id
      if (computed === id) return { size: content.byteLength, content }
      return yield* damage({ reason: `its content hashes to ${computed}` })
    })
  }
}
