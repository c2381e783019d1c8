/**
 * The documents of one repository other than its root: proposals and annotations, which change, and the records of tags
 * and releases, which are stored under the hash of their bytes and named by the root.
 */
import { Effect, Option, Result, Schema } from "effect"
import { reasonOf } from "../base/fieldErrors.ts"
import { orDefault } from "../base/expected.ts"
import { inSlices, type Slices } from "../base/Slices.ts"
import { hashing } from "../object/Digest.ts"
import type { DocumentCodec } from "../object/DocumentCodec.ts"
import type { CommitId, RepositoryId, Sha256 } from "../object/Id.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { ObjectStore } from "../port/ObjectStore.ts"
import { documentPath, type RecordKind } from "../port/StoreKey.ts"
import {
  Annotation,
  AnnotationRefused,
  joinRemarks,
  noRemarks,
  type Remarks,
  saysAll,
  TestRuns,
  testRunsMax
} from "../repository/Annotation.ts"
import {
  annotationCodec,
  catalogCodec,
  condemnedCodec,
  proposalCodec,
  releaseCodec,
  tagCodec
} from "../repository/codecs.ts"
import type { Proposal, ProposalNumber } from "../repository/Proposal.ts"
import { changeDocument, type ReadDocument, readDocument, send, witnessed } from "./Document.ts"

const proposalKey = (repository: RepositoryId, number: ProposalNumber) =>
  ({ kind: "proposal", repository, number }) as const

/** Reads a proposal and makes its evidence, if there is one of this number. */
export const readProposal = (repository: RepositoryId, number: ProposalNumber) =>
  Effect.map(
    readDocument(proposalKey(repository, number), proposalCodec),
    Option.map((read) => witnessed(proposalCodec, read))
  )

/** Reads a proposal again and again: one that is still in the `known` state is not transferred. */
export const watchProposal = (repository: RepositoryId, number: ProposalNumber, known?: ReadDocument<Proposal>) =>
  readDocument(proposalKey(repository, number), proposalCodec, known)

/** Changes a proposal by compare-and-set; `change` gets the present state, if there is one. */
export const changeProposal = <E, R>(
  repository: RepositoryId,
  number: ProposalNumber,
  change: (present: Proposal | undefined) => Effect.Effect<Proposal, E, R>
) => changeDocument(proposalKey(repository, number), proposalCodec, change)

const annotationKey = (repository: RepositoryId, commit: CommitId) =>
  ({ kind: "annotation", repository, commit }) as const

/** Reads a commit's annotation and makes its evidence, if there is one. */
export const readAnnotation = (repository: RepositoryId, commit: CommitId) =>
  Effect.map(
    readDocument(annotationKey(repository, commit), annotationCodec),
    Option.map((read) => witnessed(annotationCodec, read))
  )

const isAnnotation = Schema.decodeUnknownEffect(
  Schema.toType(Schema.Struct({ ...Annotation.fields, testRuns: TestRuns }))
)

/** Lowers a count that an earlier version stored. */
const bounded = ({ reviewedBy, testRuns }: Remarks): Remarks => ({
  reviewedBy,
  testRuns: Math.min(testRuns, testRunsMax)
})

/**
 * Joins remarks into a commit's annotation. Writes nothing when they are already there. Fails with `AnnotationRefused`
 * when they exceed the limits of one commit.
 */
export const joinAnnotation = (repository: RepositoryId, commit: CommitId, remarks: Remarks) =>
  changeDocument(annotationKey(repository, commit), annotationCodec, (present) =>
    present !== undefined && saysAll(present, remarks)
      ? Effect.succeed(present)
      : Effect.mapError(
          isAnnotation({ repository, commit, ...joinRemarks(bounded(orDefault(present, noRemarks)), remarks) }),
          (error) => new AnnotationRefused({ commit, reason: reasonOf(error) })
        )
  )

/** The bytes of a record and their hash, which a root names. */
export interface EncodedRecord {
  readonly bytes: Uint8Array
  readonly sha256: Sha256
}

const encodingRecord = <A>(codec: DocumentCodec<A>) =>
  function* (record: A): Slices<EncodedRecord> {
    const bytes = yield* codec.encoding(record)
    return { bytes, sha256: yield* hashing(bytes) }
  }

/** Stores the bytes of a record under their hash. */
export const putEncoded = (kind: RecordKind, repository: RepositoryId, { bytes, sha256 }: EncodedRecord) =>
  // What is stored under this hash is the same record.
  Effect.catchTag(send({ kind, repository, sha256 }, bytes, { _tag: "Absent" }), "DocumentConflict", () => Effect.void)

const putRecord = <A>(kind: RecordKind, codec: DocumentCodec<A>) => {
  const encoding = encodingRecord(codec)
  return Effect.fnUntraced(function* (repository: RepositoryId, value: A) {
    const record = yield* inSlices(() => encoding(value))
    yield* putEncoded(kind, repository, record)
    return record.sha256
  })
}

interface ReadRecord<A> {
  readonly value: A
  /** Count of the stored bytes. */
  readonly size: number
}

const readSized = <A>(kind: RecordKind, codec: DocumentCodec<A>) =>
  Effect.fnUntraced(function* (repository: RepositoryId, hash: Sha256) {
    const store = yield* ObjectStore
    const key = { kind, repository, sha256: hash } as const
    const corrupt = (reason: string) => new ObjectCorrupt({ key: documentPath(key), reason })
    const found = yield* store.documents.read(key)
    if (found._tag !== "Found") return yield* corrupt("the root names the record, and it is not there")
    const { bytes } = found.document
    const computed = yield* inSlices(() => hashing(bytes))
    if (computed !== hash) return yield* corrupt(`they hash to ${computed}`)
    const decoded = yield* inSlices(() => codec.decoding(bytes))
    const value = yield* Effect.fromResult(Result.mapError(decoded, (error) => corrupt(error.message)))
    return { value, size: bytes.byteLength } satisfies ReadRecord<A>
  })

/** Returns how to read records of a kind that the root leads to. */
export const readRecord = <A>(kind: RecordKind, codec: DocumentCodec<A>) => {
  const read = readSized(kind, codec)
  return (repository: RepositoryId, hash: Sha256) => Effect.map(read(repository, hash), ({ value }) => value)
}

/** Encodes a catalog. */
export const encodingCatalog = encodingRecord(catalogCodec)
/** Stores a catalog, whose hash the root is to name. */
export const putCatalog = (repository: RepositoryId, record: EncodedRecord) => putEncoded("catalog", repository, record)
/** Reads a catalog that the root names. */
export const readCatalog = readRecord("catalog", catalogCodec)
/** Stores the list of what a collection deletes, whose hash the root is to name. */
export const putCondemned = putRecord("condemned", condemnedCodec)
/** Reads the list of what a collection deletes. */
export const readCondemned = readRecord("condemned", condemnedCodec)
/** Stores a tag's record and returns the hash for the root to name. */
export const putTag = putRecord("tag", tagCodec)
/** Reads the record of a tag that the root names. */
export const readTag = readRecord("tag", tagCodec)
/** Encodes the record of a release. */
export const encodingRelease = encodingRecord(releaseCodec)
/** Stores a release's record, whose hash the root is to name. */
export const putRelease = (repository: RepositoryId, record: EncodedRecord) => putEncoded("release", repository, record)
/** Reads the record of a release that the root names. */
export const readRelease = readRecord("release", releaseCodec)
/** Reads it with the count of its stored bytes. */
export const readSizedRelease = readSized("release", releaseCodec)
