/** Archives the tree of a commit: all files as one, in a folder that is named after the repository and the commit. */
import { Effect, Result, type Scope, Stream } from "effect"
import { elementAt } from "../../base/expected.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import { Packs } from "../../invariant/packs/Packs.ts"
import type { CommitId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { ArchiveFile, ArchiveHead } from "../../reading/archive/ArchiveFile.ts"
import { tarGz } from "../../reading/archive/tar.ts"
import { zip } from "../../reading/archive/zip.ts"
import { blobContent, type Content } from "../access/blobContent.ts"
import { type ObjectUnread, readOf } from "../access/ObjectUnread.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { keepLarge } from "../admission/Admission.ts"
import { batchesOf, type PackedRun, type Single } from "../../invariant/packs/batchesOf.ts"
import type { PlacedOf } from "../fetch/orderPlan.ts"
import { type Viewed, type ViewError, viewed, type ViewServices } from "./viewed.ts"

const forms = { "tar.gz": tarGz, zip } as const

export const archiveFormats = ["tar.gz", "zip"] as const satisfies ReadonlyArray<keyof typeof forms>
export type ArchiveFormat = (typeof archiveFormats)[number]

export interface ArchiveQuery {
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  readonly format: ArchiveFormat
}

export interface TreeArchive {
  readonly commitId: CommitId
  /** The folder in the archive, which the archive is named after. */
  readonly name: string
  /** How many files it has. */
  readonly files: number
  readonly content: Content
}

/** Digits of a commit's id in the name. */
const idDigits = 12

/** Files whose places are looked up together. */
const filesTogether = 512
/** Batches that are read ahead of the archive. */
const batchesAhead = 1

interface PlacedFile extends PlacedOf<"blob"> {
  readonly path: string
}

type Read = ArchiveFile<ObjectUnread, ObjectStore | Packs>

const readRun = Effect.fnUntraced(function* (open: OpenRepository, { run }: PackedRun<PlacedFile>) {
  const packs = yield* Packs
  const read = yield* packs.read(run.map(({ place }) => place))
  const files: Array<Read> = []
  for (const [position, object] of run.entries()) {
    const content = yield* Effect.result(readOf(open, object, Effect.fromResult(elementAt(read, position))))
    // What was read before it is sent, and then the archive breaks off.
    if (Result.isFailure(content)) {
      return Stream.concat(Stream.fromIterable(files), Stream.fail(content.failure))
    }
    files.push({ name: object.path, size: object.place.object.size, content: content.success })
  }
  return Stream.fromIterable(files)
})

const readSingle = Effect.fnUntraced(function* (open: OpenRepository, { single }: Single<PlacedFile>) {
  const { size, whole } = yield* readOf(open, single, blobContent(open, single.id))
  return Stream.succeed<Read>({ name: single.path, size, content: whole })
})

/** Reads the files of a tree in the order of their paths, as they are taken. */
const filesOf = (open: OpenRepository, { snapshotId, tree }: Viewed) =>
  Stream.paginate(undefined as string | undefined, (after) =>
    Effect.gen(function* () {
      const { items, next } = tree.under("", { after, limit: filesTogether })
      const { find } = yield* Packs
      const names = items.map(({ blob: id }) => ({ type: "blob", id }) as const)
      const places = yield* readOf(open, { type: "snapshot", id: snapshotId }, find(open.id, names))
      const placed = items.map(({ blob: id, path }, position): PlacedFile => ({
        type: "blob",
        id,
        path,
        place: places[position]
      }))
      return [[...batchesOf(placed)], next] as const
    })
  ).pipe(
    Stream.rechunk(1),
    Stream.mapEffect(
      (batch): Effect.Effect<Stream.Stream<Read, ObjectUnread>, ObjectUnread, ObjectStore | Packs> =>
        "run" in batch ? readRun(open, batch) : readSingle(open, batch),
      { concurrency: batchesAhead }
    ),
    Stream.flatMap((files) => files)
  )

const secondsMax = 2 ** 31 - 1

/** The time of a commit in whole seconds; what is no time is 1970. */
const secondsOf = (at: string): number => {
  const seconds = Math.floor(Date.parse(at) / 1000)
  return Number.isNaN(seconds) ? 0 : Math.min(Math.max(seconds, 0), secondsMax)
}

/**
 * Archives the tree of the commit that a ref names. The same commit gives the same bytes. Files are read as the archive
 * is taken; the tree is in memory until the scope closes. The stream fails at a file that cannot be read.
 */
export const archiveTree = Effect.fn("archiveTree")(function* (
  open: OpenRepository,
  { format, ref }: ArchiveQuery
): Effect.fn.Return<TreeArchive, ViewError, Scope.Scope | ViewServices> {
  yield* keepLarge
  const view = yield* viewed(open, ref)
  const { commitId, tree } = view
  const { commit } = yield* readCommit(open.id, commitId)
  const name = `${open.root.value.repository.slug}-${commitId.slice(0, idDigits)}`
  const head: ArchiveHead = { folder: `${name}/`, seconds: secondsOf(commit.record.committed_at) }
  const files = Stream.map(filesOf(open, view), (file) => ({ ...file, name: `${head.folder}${file.name}` }))
  const archive: TreeArchive = { commitId, name, files: tree.size, content: forms[format](head, files) }
  return archive
})
