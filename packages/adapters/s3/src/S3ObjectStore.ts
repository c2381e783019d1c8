/**
 * The object store on any S3-compatible service. This file joins the parts and gives every fault its operation and key.
 * The store relies on three things that `musehub probe` checks: conditional PUT, strong consistency, and ETags that
 * come back unchanged.
 */
import { DeleteObjectCommand } from "@aws-sdk/client-s3"
import { RepositoryId } from "@musehub/domain/object/Id"
import {
  type ByteRange,
  DocumentConflict,
  type Downloads,
  isWithin,
  type ObjectHead,
  ObjectMissing,
  ObjectStore,
  RangeOutside,
  type StoreUnavailable,
  UploadMissing,
  type Uploads
} from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import {
  collectionFolder,
  documentPath,
  immutableFolder,
  type ImmutableKey,
  immutablePath,
  uploadFolder,
  uploadPath
} from "@musehub/domain/port/StoreKey"
import { Effect, Layer, Option, Stream } from "effect"
import { probeChecksum } from "./request/probeChecksum.ts"
import { standardDialect } from "./Dialect.ts"
import { readDocument, writeDocument } from "./request/Documents.ts"
import { getStream, getWhole, headOf } from "./request/Get.ts"
import { at, uriOf } from "./Keys.ts"
import { listEntries, listFolders, modifiedMillisOf } from "./request/Listing.ts"
import { presignGet, presignPut } from "./request/Presign.ts"
import { putObject } from "./request/Put.ts"
import { locationOf, type S3Config } from "./S3Config.ts"
import { connect, type S3Connections } from "./S3Connection.ts"
import { passing, S3Fault, unavailable } from "./S3Fault.ts"

/** Opens the store in one bucket. Fails if the bucket does not exist or may not be used; it is never created. */
export const layer = (config: S3Config): Layer.Layer<ObjectStore, StoreUnavailable> =>
  Layer.effect(
    ObjectStore,
    connect(config).pipe(Effect.map(storeOn), Effect.mapError(unavailable("open", locationOf(config))))
  )

const objectName = /^[0-9a-f]{64}$/
const repositoryName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const documentName = /^[a-z0-9][a-z0-9._-]{0,199}$/

const storeOn = ({ bulk, single: s3 }: S3Connections): ObjectStore["Service"] => {
  const dialect = standardDialect()

  const remove = (operation: string, path: string): Effect.Effect<void, StoreUnavailable> =>
    s3
      .idempotent((client, options) => client.send(new DeleteObjectCommand(at(s3.config, path)), options))
      .pipe(
        Effect.catchIf(isMissing, () => Effect.void),
        Effect.mapError(unavailable(operation, path)),
        Effect.asVoid
      )

  /** Lists what is stored in a folder under names that are hashes. */
  const listObjects = (folder: string, page: PageRequest): Effect.Effect<Page<ObjectHead>, StoreUnavailable> =>
    listEntries(s3, folder, objectName, page).pipe(
      Effect.map(
        mapPage(({ name, size, modifiedMillis }) => ({
          id: name,
          size,
          storageUri: uriOf(s3.config, folder + name),
          storedAtMillis: modifiedMillis
        }))
      ),
      Effect.mapError(unavailable("list", folder))
    )

  const uploads: Uploads = {
    presignPut: Effect.fn("S3ObjectStore.presignPut")((key, timeToLive) =>
      presignPut(s3, uploadPath(key), timeToLive).pipe(Effect.mapError(unavailable("presign", uploadPath(key))))
    ),
    size: Effect.fn("S3ObjectStore.uploadSize")((key) =>
      headOf(s3, uploadPath(key)).pipe(
        Effect.map(Option.flatMapNullishOr((head) => head.ContentLength)),
        Effect.mapError(unavailable("head", uploadPath(key)))
      )
    ),
    list: Effect.fn("S3ObjectStore.listUploads")((repository, page) => listObjects(uploadFolder(repository), page)),
    stream: (key) =>
      getStream(s3, uploadPath(key)).pipe(
        Stream.mapError((found) =>
          isMissing(found) ? new UploadMissing(key) : unavailable("stream", uploadPath(key))(found)
        )
      ),
    delete: Effect.fn("S3ObjectStore.deleteUpload")((key) => remove("delete", uploadPath(key)))
  }

  const downloads: Downloads = {
    presignGet: Effect.fn("S3ObjectStore.presignGet")((key, timeToLive) =>
      presignGet(s3, immutablePath(key), timeToLive).pipe(Effect.mapError(unavailable("presign", immutablePath(key))))
    )
  }

  const head = Effect.fn("S3ObjectStore.head")(function* (key: ImmutableKey) {
    const path = immutablePath(key)
    const head = Option.getOrUndefined(yield* headOf(bulk, path).pipe(Effect.mapError(unavailable("head", path))))
    if (head === undefined) return yield* missing(key)
    if (head.ContentLength === undefined || head.LastModified === undefined) {
      return yield* unavailable("head", path)(passing("IncompleteAnswer", "neither size nor date came back"))
    }
    return {
      id: key.id,
      size: head.ContentLength,
      storageUri: uriOf(s3.config, path),
      storedAtMillis: modifiedMillisOf(head.LastModified)
    }
  })

  /** Streams an empty range: HTTP has none, so the size decides whether the range is within the object. */
  const emptyPart = (key: ImmutableKey, range: ByteRange) =>
    Stream.unwrap(
      Effect.map(head(key), ({ size }) => (isWithin(range, size) ? Stream.empty : Stream.fail(outside(key, range))))
    )

  return ObjectStore.of({
    location: locationOf(s3.config),
    remote: true,
    put: Effect.fn("S3ObjectStore.put")(function* (repository, sealed) {
      const path = immutableFolder(repository, sealed.type) + sealed.id
      const outcome = yield* putObject(bulk, dialect, path, sealed).pipe(
        Effect.mapError((error) => (error instanceof S3Fault ? unavailable("put", path)(error) : error))
      )
      return { storageUri: uriOf(s3.config, path), outcome }
    }),
    get: Effect.fn("S3ObjectStore.get")((key) =>
      getWhole(bulk, immutablePath(key)).pipe(
        Effect.map(({ bytes }) => bytes),
        Effect.mapError(orMissing("get", key))
      )
    ),
    stream: (key, range) => {
      if (range === undefined)
        return getStream(bulk, immutablePath(key)).pipe(Stream.mapError(orMissing("stream", key)))
      if (!isWithin(range, Number.MAX_SAFE_INTEGER)) return Stream.fail(outside(key, range))
      if (range.start === range.end) return emptyPart(key, range)
      return getStream(bulk, immutablePath(key), range).pipe(
        Stream.mapError((found) => (found.kind === "outside" ? outside(key, range) : orMissing("stream", key)(found)))
      )
    },
    head,
    list: Effect.fn("S3ObjectStore.list")((repository, type, page) =>
      listObjects(immutableFolder(repository, type), page)
    ),
    delete: Effect.fn("S3ObjectStore.delete")((key) => remove("delete", immutablePath(key))),
    listRepositories: Effect.fn("S3ObjectStore.listRepositories")((page) =>
      listFolders(s3, "repositories/", repositoryName, page).pipe(
        Effect.map(mapPage(({ name }) => RepositoryId.make(name))),
        Effect.mapError(unavailable("list", "repositories/"))
      )
    ),
    documents: {
      read: Effect.fn("S3ObjectStore.documents.read")((key, known) =>
        readDocument(s3, documentPath(key), known).pipe(Effect.mapError(unavailable("read", documentPath(key))))
      ),
      write: Effect.fn("S3ObjectStore.documents.write")(function* (key, bytes, expected) {
        const path = documentPath(key)
        const written = yield* writeDocument(s3, dialect, path, bytes, expected).pipe(
          Effect.mapError(unavailable("write", path))
        )
        if (Option.isNone(written)) return yield* new DocumentConflict({ key: path })
        return written.value
      }),
      list: Effect.fn("S3ObjectStore.documents.list")((collection, page) => {
        const folder = collectionFolder(collection)
        return listEntries(s3, folder, documentName, page).pipe(
          Effect.map(mapPage(({ name }) => name)),
          Effect.mapError(unavailable("list", folder))
        )
      }),
      delete: Effect.fn("S3ObjectStore.documents.delete")((key) => remove("delete", documentPath(key)))
    },
    signed: s3.config.presign ? Option.some({ uploads, downloads }) : Option.none(),
    probeChecksum: Option.some(probeChecksum(s3, probeFolder).pipe(Effect.mapError(unavailable("probe", probeFolder))))
  })
}

const probeFolder = collectionFolder({ kind: "hub", collection: "probe" })

const isMissing = (found: S3Fault): boolean => found.kind === "missing"

const missing = (key: ImmutableKey): ObjectMissing =>
  new ObjectMissing({ repository: key.repository, type: key.type, id: key.id })

const outside = (key: ImmutableKey, range: ByteRange): RangeOutside => new RangeOutside({ ...key, ...range })

const orMissing =
  (operation: string, key: ImmutableKey) =>
  (found: S3Fault): ObjectMissing | StoreUnavailable =>
    isMissing(found) ? missing(key) : unavailable(operation, immutablePath(key))(found)

const mapPage =
  <A, B>(f: (item: A) => B) =>
  (page: Page<A>): Page<B> => ({ items: page.items.map(f), next: page.next })
