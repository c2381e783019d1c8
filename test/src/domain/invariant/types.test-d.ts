/**
 * Code that must not compile, checked by the compiler with the rest of the project: rows without stored bytes, objects
 * without a derived id, ids of one kind for another, and unhandled failures.
 */
import type { witnessCommits, witnessSnapshots } from "@musehub/domain/invariant/ObjectWriter"
import type * as canonicalObjects from "@musehub/domain/object/CanonicalObject"
import type { CanonicalFields, CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "@musehub/domain/object/Id"
import type { CommitEntry, RecordBatch } from "@musehub/domain/port/index/RowWriter"
import { type WholeIndex } from "@musehub/contract/wholeIndex"
import type { PackFile } from "@musehub/domain/pack/PackFile"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey, ObjectKey } from "@musehub/domain/port/StoreKey"
import type * as evidence from "@musehub/domain/port/Stored"
import type { Stored, StoredDocument, StoredFields, StoredPack, StoredPackFields } from "@musehub/domain/port/Stored"
import type { Root } from "@musehub/domain/repository/Root"
import type { PublishedDomain } from "@musehub/domain/hub/PublishedDomain"
import type { Token } from "@musehub/domain/hub/Token"
import type { User } from "@musehub/domain/hub/User"
import type * as permits from "@musehub/domain/usecase/access/openRepository"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Admitted } from "@musehub/domain/usecase/admission/Admission"
import type { planFetch } from "@musehub/domain/usecase/fetch/planFetch"
import type { negotiate } from "@musehub/domain/usecase/fetch/negotiate"
import type { indexedGraph, storedGraph, visibleGraph } from "@musehub/domain/usecase/graph/commitGraph"
import type { push } from "@musehub/domain/usecase/push/push"
import type { Effect } from "effect"
import { describe, expectTypeOf, it } from "vitest"

type Index = WholeIndex
type Store = ObjectStore["Service"]
type ErrorOf<F extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Error<ReturnType<F>>
type TagsOf<E> = E extends { readonly _tag: infer Tag } ? Tag : "an error without a tag"

describe("evidence", () => {
  it("is required for a row: the same fields without it are not enough", () => {
    expectTypeOf<Stored<"commit">>().toExtend<StoredFields<"commit">>()
    expectTypeOf<StoredFields<"commit">>().not.toExtend<Stored<"commit">>()
    expectTypeOf<StoredFields<"snapshot">>().not.toExtend<Stored<"snapshot">>()
    expectTypeOf<StoredFields<"blob">>().not.toExtend<Stored<"blob">>()
    expectTypeOf<{ stored: Stored<"commit">; generation: number; introduces: [] }>().toExtend<CommitEntry>()
    expectTypeOf<{ stored: StoredFields<"commit">; generation: number; introduces: [] }>().not.toExtend<CommitEntry>()
  })

  it("cannot be copied with something changed", () => {
    const changed = (stored: Stored<"commit">) => ({ ...stored, storageUri: "memory:elsewhere" })
    expectTypeOf<ReturnType<typeof changed>>().toExtend<StoredFields<"commit">>()
    expectTypeOf<ReturnType<typeof changed>>().not.toExtend<Stored<"commit">>()
    const changedDocument = (stored: StoredDocument<Root>, value: Root) => ({ ...stored, value })
    expectTypeOf<ReturnType<typeof changedDocument>>().not.toExtend<StoredDocument<Root>>()
    const changedPack = (stored: StoredPack) => ({ ...stored, storageUri: "memory:elsewhere" })
    expectTypeOf<ReturnType<typeof changedPack>>().not.toExtend<StoredPack>()
  })

  it("cannot be subclassed: its module exports no value to extend or construct", () => {
    expectTypeOf<keyof typeof evidence>().toEqualTypeOf<never>()
  })

  it("is all that the index records", () => {
    interface Batch<B, S, C> {
      readonly repository: RepositoryId
      readonly blobs: ReadonlyArray<B>
      readonly snapshots: ReadonlyArray<S>
      readonly commits: ReadonlyArray<C>
      readonly cachedManifests: ReadonlySet<SnapshotId>
      readonly packs: ReadonlyArray<StoredPack>
      readonly dropped: ReadonlyArray<Sha256>
      readonly root: StoredDocument<Root>
    }
    type BareEntry = Omit<CommitEntry, "stored"> & { readonly stored: StoredFields<"commit"> }
    expectTypeOf<Batch<Stored<"blob">, Stored<"snapshot">, CommitEntry>>().toExtend<RecordBatch>()
    expectTypeOf<Batch<StoredFields<"blob">, Stored<"snapshot">, CommitEntry>>().not.toExtend<RecordBatch>()
    expectTypeOf<Batch<Stored<"blob">, StoredFields<"snapshot">, CommitEntry>>().not.toExtend<RecordBatch>()
    expectTypeOf<Batch<Stored<"blob">, Stored<"snapshot">, BareEntry>>().not.toExtend<RecordBatch>()
    expectTypeOf<Parameters<Index["record"]>>().toEqualTypeOf<[batch: RecordBatch]>()
    type Kept = Parameters<Index["keepManifests"]>[1]
    expectTypeOf<ReadonlyArray<Stored<"snapshot">>>().toExtend<Kept>()
    expectTypeOf<ReadonlyArray<StoredFields<"snapshot">>>().not.toExtend<Kept>()
  })

  it("of one type does not stand for another", () => {
    expectTypeOf<Stored<"blob">>().not.toExtend<Stored<"commit">>()
    expectTypeOf<Stored<"commit">>().not.toExtend<Stored<"snapshot">>()
    expectTypeOf<Stored<"snapshot">>().not.toExtend<Stored<"blob">>()
    expectTypeOf<StoredDocument<Token>>().not.toExtend<StoredDocument<User>>()
  })

  it("is needed for roots, users, tokens and domains as well", () => {
    interface Bare<A> {
      readonly value: A
      readonly sha256: Sha256
    }
    expectTypeOf<StoredDocument<Root>>().toExtend<Bare<Root>>()
    expectTypeOf<Bare<Root>>().not.toExtend<RecordBatch["root"]>()
    expectTypeOf<Bare<User>>().not.toExtend<Parameters<Index["recordUser"]>[0]>()
    expectTypeOf<Bare<Token>>().not.toExtend<Parameters<Index["recordToken"]>[0]>()
    expectTypeOf<Bare<PublishedDomain>>().not.toExtend<Parameters<Index["recordDomain"]>[0]>()
    expectTypeOf<StoredPackFields>().not.toExtend<StoredPack>()
  })

  it("is made of what was read back", () => {
    expectTypeOf<Effect.Success<ReturnType<typeof witnessSnapshots>>>().toEqualTypeOf<Array<Stored<"snapshot">>>()
    expectTypeOf<Effect.Success<ReturnType<typeof witnessCommits>>>().toEqualTypeOf<Array<Stored<"commit">>>()
  })
})

describe("canonical objects", () => {
  it("come only from the codecs: a literal of the same fields is refused, and no store accepts it", () => {
    expectTypeOf<CanonicalObject<"blob">>().toExtend<Parameters<Store["put"]>[1]>()
    expectTypeOf<CanonicalFields<"blob">>().not.toExtend<Parameters<Store["put"]>[1]>()
    expectTypeOf<CanonicalFields<"commit">>().not.toExtend<CanonicalObject<"commit">>()
  })

  it("cannot be copied with another id or other bytes", () => {
    const forged = (object: CanonicalObject<"blob">, content: Uint8Array) => ({ ...object, content })
    expectTypeOf<ReturnType<typeof forged>>().not.toExtend<CanonicalObject<"blob">>()
  })

  it("cannot be subclassed: their module exports no value to extend or construct", () => {
    expectTypeOf<keyof typeof canonicalObjects>().toEqualTypeOf<never>()
  })

  it("of one type do not stand for another", () => {
    expectTypeOf<CanonicalObject<"blob">>().not.toExtend<CanonicalObject<"commit">>()
    expectTypeOf<CanonicalObject<"commit">>().not.toExtend<CanonicalObject<"snapshot">>()
  })
})

describe("packs", () => {
  it("come only from the maker that hashes their bytes: a literal or a changed copy is refused", () => {
    type Fields = Pick<PackFile, "type" | "id" | "sha256" | "size" | "content">
    const forged = (file: PackFile, content: Uint8Array) => ({ ...file, content })
    expectTypeOf<PackFile>().toExtend<Parameters<Store["put"]>[1]>()
    expectTypeOf<Fields>().not.toExtend<Parameters<Store["put"]>[1]>()
    expectTypeOf<ReturnType<typeof forged>>().not.toExtend<Parameters<Store["put"]>[1]>()
    expectTypeOf<typeof PackFile>().not.toExtend<new (...fields: never) => PackFile>()
  })

  it("and objects do not stand for each other, nor do their keys", () => {
    expectTypeOf<PackFile>().not.toExtend<CanonicalObject>()
    expectTypeOf<CanonicalObject>().not.toExtend<PackFile>()
    expectTypeOf<ObjectKey<"blob">>().toExtend<ImmutableKey>()
    expectTypeOf<ObjectKey<"commit">>().not.toExtend<ImmutableKey>()
    expectTypeOf<ImmutableKey<"pack">>().not.toExtend<ObjectKey>()
  })
})

describe("ids", () => {
  it("of blobs, snapshots and commits cannot be exchanged, though all are hashes", () => {
    expectTypeOf<BlobId>().not.toExtend<SnapshotId>()
    expectTypeOf<SnapshotId>().not.toExtend<BlobId>()
    expectTypeOf<SnapshotId>().not.toExtend<CommitId>()
    expectTypeOf<CommitId>().not.toExtend<BlobId>()
    expectTypeOf<Sha256>().not.toExtend<BlobId>()
    expectTypeOf<string>().not.toExtend<CommitId>()
    expectTypeOf<string>().not.toExtend<RepositoryId>()
    expectTypeOf<BlobId>().toExtend<string>()
  })
})

describe("access", () => {
  it("is in the type of every use case: access to read is not access to write", () => {
    expectTypeOf<OpenRepository>().not.toExtend<OpenRepository<"write">>()
    expectTypeOf<OpenRepository<"participate">>().not.toExtend<OpenRepository<"write">>()
    expectTypeOf<OpenRepository<"write">>().not.toExtend<OpenRepository<"admin">>()
    expectTypeOf<OpenRepository<"admin">>().toExtend<OpenRepository<"write">>()
    expectTypeOf<OpenRepository<"write">>().toExtend<OpenRepository>()
    expectTypeOf<OpenRepository<"admin">>().toExtend<OpenRepository<"oversee">>()
    expectTypeOf<OpenRepository<"oversee">>().not.toExtend<OpenRepository<"participate">>()
    expectTypeOf<OpenRepository<"write">>().not.toExtend<OpenRepository<"oversee">>()
    expectTypeOf<OpenRepository<"read" | "write">>().not.toExtend<OpenRepository<"write">>()
    expectTypeOf<OpenRepository<"read" | "write">>().toExtend<OpenRepository>()
  })

  it("cannot be made from a literal of the same fields, nor by a copy on another root", () => {
    const literal = ({ id, indexed, principal, root }: OpenRepository<"write">) => ({ id, indexed, principal, root })
    expectTypeOf<ReturnType<typeof literal>>().not.toExtend<OpenRepository>()
    const onRoot = (open: OpenRepository<"write">, root: StoredDocument<Root>) => ({ ...open, root })
    expectTypeOf<ReturnType<typeof onRoot>>().not.toExtend<OpenRepository<"write">>()
    expectTypeOf<ReturnType<typeof onRoot>>().not.toExtend<OpenRepository>()
  })

  it("cannot be subclassed: the permit's module exports nothing to extend or construct", () => {
    expectTypeOf<keyof typeof permits>().toEqualTypeOf<"openRepository" | "openRepositoryById">()
  })
})

describe("heavy work", () => {
  type Needs<F extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Services<ReturnType<F>>

  it("needs a place: what walks a history says so in its type, until it is admitted", () => {
    expectTypeOf<Extract<Needs<typeof indexedGraph>, Admitted>>().toEqualTypeOf<Admitted>()
    expectTypeOf<Extract<Needs<typeof storedGraph>, Admitted>>().toEqualTypeOf<Admitted>()
    expectTypeOf<Extract<Needs<typeof visibleGraph>, Admitted>>().toEqualTypeOf<Admitted>()
    expectTypeOf<Extract<Needs<typeof planFetch>, Admitted>>().toEqualTypeOf<Admitted>()
    expectTypeOf<Extract<Needs<typeof negotiate>, Admitted>>().toEqualTypeOf<never>()
  })
})

describe("failures", () => {
  it("of a push are all in its type, each under its tag", () => {
    expectTypeOf<TagsOf<ErrorOf<typeof push>>>().toEqualTypeOf<
      | "AccessLost"
      | "AnnotationRefused"
      | "BranchClash"
      | "BranchNameRefused"
      | "BranchProtected"
      | "BundleRefused"
      | "ContentRefused"
      | "DocumentConflict"
      | "HeadMoved"
      | "HubBusy"
      | "IdMismatch"
      | "IndexUnavailable"
      | "NonFastForward"
      | "ObjectCorrupt"
      | "ObjectMissing"
      | "ObjectRefused"
      | "ObjectsMissing"
      | "PackLost"
      | "PackLost"
      | "QuotaExceeded"
      | "RefsLost"
      | "RepositoryArchived"
      | "RepositoryFull"
      | "RootContended"
      | "RootFull"
      | "RootMissing"
      | "RootOutcomeUnknown"
      | "StoreUnavailable"
    >()
  })

  it("stay in the type until they are handled, so a table that omits one does not compile", () => {
    type Table = Readonly<Record<TagsOf<ErrorOf<typeof push>>, number>>
    expectTypeOf<Table>().toExtend<Omit<Table, "NonFastForward">>()
    expectTypeOf<Omit<Table, "NonFastForward">>().not.toExtend<Table>()
  })
})
