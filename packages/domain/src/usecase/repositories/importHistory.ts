/** Makes a repository of an mpack stream (docs/mpack.md): its branches with their whole history. */
import { Effect, type Scope, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { orDefault } from "../../base/expected.ts"
import { eachInSlices, inSlices } from "../../base/Slices.ts"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { blobArriving, blobOf } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import { type CommitId, emptyBlobId, RepositoryId } from "../../object/Id.ts"
import { nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { RandomId } from "../../port/RandomId.ts"
import { BranchName, newBranchName, type BranchNameRefused, slugOf } from "../../repository/Names.ts"
import { headsKind } from "../../repository/refs/kinds.ts"
import { RefList } from "../../repository/refs/RefList.ts"
import type { Repository } from "../../repository/Root.ts"
import { BranchClash } from "../../repository/rule/branchRules.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import { holdsNothing } from "../../wire/mpack/History.ts"
import { type MpackObject, readMpack } from "../../wire/mpack/readMpack.ts"
import type { MpackRefused, MpackVersionUnknown } from "../../wire/mpack/Refused.ts"
import type { Principal } from "../access/policy.ts"
import { missing, type ObjectsMissing } from "../push/ObjectsMissing.ts"
import type { MoveServices } from "../write/moveRoot.ts"
import type { NewRepository } from "./createRepository.ts"
import { checkCreator, establish, type EstablishError } from "./establish.ts"

/** A stream that makes no repository. */
export class ImportRefused extends Schema.TaggedError<ImportRefused>()("ImportRefused", {
  kind: errorKind("refused"),
  reason: Schema.String
}) {
  override get message() {
    return `the stream is not imported: ${this.reason}`
  }
}

export type ImportHistoryError =
  | MpackRefused
  | MpackVersionUnknown
  | ImportRefused
  | BranchClash
  | BranchNameRefused
  | ContentRefused
  | ObjectRefused
  | ObjectReadError
  | ObjectsMissing
  | RepositoryFull
  | EstablishError

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

/** Adds an object to the packs. Returns what is left to do. */
const adding = <E>(packs: NewPacks, object: MpackObject<E>) =>
  object.type === "blob"
    ? packs.addBlob(
        object.content instanceof Uint8Array
          ? blobOf(object.content)
          : blobArriving(object.id, object.size, object.content)
      )
    : Effect.flatMap(inSlices<CanonicalObject>(object.sealing), (sealed) => packs.add(sealed))

/** The branch that is wanted, else `main` if there is one, else the first. */
const defaultBranchOf = (wanted: string | undefined, heads: ReadonlyMap<string, CommitId>): string =>
  wanted ?? (heads.has("main") ? "main" : (heads.keys().next().value ?? "main"))

export type ImportedRepository = Omit<NewRepository, "initialize" | "defaultBranch"> &
  Partial<Pick<NewRepository, "defaultBranch">>

/**
 * Makes a repository of a stream, with an id of its own. The stream must be whole: it builds on nothing that it does
 * not hold. It is read to its trailer before any of it becomes visible. Commits that no head leads to are kept.
 */
export const importHistory = Effect.fn("importHistory")(function* <E, R>(
  principal: Principal,
  wanted: ImportedRepository,
  source: Stream.Stream<Uint8Array, E, R>
): Effect.fn.Return<Repository, ImportHistoryError | E, MoveServices | Scope.Scope | R> {
  yield* checkCreator(principal, wanted.owner)
  const { header, objects } = yield* readMpack(source, { holds: holdsNothing })
  const branches = yield* branchesOf(header)
  const { defaultBranch: named, ...settings } = wanted
  const defaultBranch = yield* Effect.fromResult(newBranchName(defaultBranchOf(named, header.heads)))
  if (named !== undefined && header.heads.size > 0 && !header.heads.has(named)) {
    return yield* new ImportRefused({ reason: `it has no branch ${JSON.stringify(named)}` })
  }
  const packs = new NewPacks(RepositoryId.make((yield* RandomId)()))
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
      yield* adding(packs, object)
    })
  )
  // A stream does not send the empty blob.
  if (hasEmptyFile) yield* packs.addBlob(blobOf(new Uint8Array()))
  const lost = [...header.heads.values()].filter((head) => !commits.has(head))
  if (lost.length > 0) return yield* missing("commit", lost)
  return yield* establish({
    repository: {
      ...settings,
      id: packs.repository,
      slug: slugOf(settings.name),
      defaultBranch,
      archived: false,
      forkOf: null,
      createdAt: yield* nowIso
    },
    heads: RefList.of(headsKind, [...branches]),
    action: "create",
    packs: yield* packs.finish()
  })
})
