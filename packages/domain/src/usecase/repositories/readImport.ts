/** Reads an mpack stream that is to make a repository (docs/mpack.md), to its trailer. */
import { Effect, Schema, type Scope, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { orDefault } from "../../base/expected.ts"
import { eachInSlices, inSlices } from "../../base/Slices.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { type CommitId, emptyBlobId } from "../../object/Id.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { BranchName, newBranchName, type BranchNameRefused } from "../../repository/Names.ts"
import { BranchClash } from "../../repository/rule/branchRules.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import { holdsNothing } from "../../wire/mpack/History.ts"
import { readMpack } from "../../wire/mpack/readMpack.ts"
import type { MpackRefused, MpackVersionUnknown } from "../../wire/mpack/Refused.ts"
import { missing, type ObjectsMissing } from "../push/ObjectsMissing.ts"

/** A stream that makes no repository. */
export class ImportRefused extends Schema.TaggedError<ImportRefused>()("ImportRefused", {
  kind: errorKind("refused"),
  reason: Schema.String
}) {
  override get message() {
    return `the stream is not imported: ${this.reason}`
  }
}

/** Returns the branches of a stream: each could be a new one, and none is a folder of another. */
const branchesOf = Effect.fnUntraced(function* ({ heads }: MpackHeader) {
  yield* checkCount("branches", heads.size)
  const branches = new Map<BranchName, CommitId>()
  for (const [name, head] of heads) branches.set(yield* Effect.fromResult(newBranchName(name)), head)
  for (const branch of branches.keys()) {
    for (let slash = branch.indexOf("/"); slash !== -1; slash = branch.indexOf("/", slash + 1)) {
      const existing = BranchName.make(branch.slice(0, slash))
      if (branches.has(existing)) return yield* new BranchClash({ branch, existing })
    }
  }
  return branches
})

/** The branch that is wanted, else `main` if there is one, else the first. */
const defaultBranchOf = (wanted: string | undefined, heads: ReadonlyMap<string, CommitId>): string =>
  wanted ?? (heads.has("main") ? "main" : (heads.keys().next().value ?? "main"))

/** Takes the objects of a stream, in order. */
export interface ImportSink<E, R> {
  readonly add: (object: CanonicalObject) => Effect.Effect<unknown, E, R>
  readonly addBlob: (blob: CanonicalObject<"blob">) => Effect.Effect<unknown, E, R>
}

export type ReadImportError =
  | MpackRefused
  | MpackVersionUnknown
  | ImportRefused
  | BranchClash
  | BranchNameRefused
  | ContentRefused
  | ObjectRefused
  | ObjectsMissing
  | RepositoryFull

/**
 * Reads a stream to its trailer and hands on its objects. It must be whole: it builds on nothing that it does not hold.
 * Returns its branches, and which of them is the default one.
 */
export const readImport = Effect.fn("readImport")(function* <E, R, E2, R2>(
  named: string | undefined,
  source: Stream.Stream<Uint8Array, E, R>,
  sink: ImportSink<E2, R2>
): Effect.fn.Return<
  { readonly branches: ReadonlyMap<BranchName, CommitId>; readonly defaultBranch: BranchName },
  ReadImportError | E | E2,
  Scope.Scope | R | R2
> {
  const { header, objects } = yield* readMpack(source, { holds: holdsNothing })
  const branches = yield* branchesOf(header)
  const defaultBranch = yield* Effect.fromResult(newBranchName(defaultBranchOf(named, header.heads)))
  if (named !== undefined && header.heads.size > 0 && !header.heads.has(named)) {
    return yield* new ImportRefused({ reason: `it has no branch ${JSON.stringify(named)}` })
  }
  const commits = new Set<CommitId>()
  let hasEmptyFile = false
  yield* Stream.runForEach(
    objects,
    Effect.fnUntraced(function* (object) {
      if (object.type === "commit") {
        const unknown = orDefault(object.commit.record.hashed_parent_ids, []).filter((id) => !commits.has(id))
        if (unknown.length > 0) return yield* missing("commit", unknown)
        commits.add(object.id)
      } else if (object.type === "snapshot" && !hasEmptyFile) {
        yield* eachInSlices(object.snapshot.manifest.values(), (id) => {
          hasEmptyFile ||= id === emptyBlobId
        })
      }
      if (object.type !== "blob") {
        yield* sink.add(yield* inSlices<CanonicalObject>(object.sealing))
        return
      }
      const { content, id, size } = object
      yield* sink.addBlob(content instanceof Uint8Array ? blobOf(content) : blobArriving(id, size, content))
    })
  )
  // A stream does not send the empty blob.
  if (hasEmptyFile) yield* sink.addBlob(blobOf(new Uint8Array()))
  const lost = [...header.heads.values()].filter((head) => !commits.has(head))
  if (lost.length > 0) return yield* missing("commit", lost)
  return { branches, defaultBranch }
})
