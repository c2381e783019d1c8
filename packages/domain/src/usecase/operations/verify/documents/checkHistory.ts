/** Checks the copies of earlier roots: each is there, and has the hash that its successor names. */
import { Effect, Result, Stream } from "effect"
import { sha256 } from "../../../../object/Digest.ts"
import type { Sha256 } from "../../../../object/Id.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { documentPath } from "../../../../port/StoreKey.ts"
import { rootCodec } from "../../../../repository/codecs.ts"
import type { Root } from "../../../../repository/Root.ts"
import type { Inspection } from "../Inspection.ts"

/** Names per page of a listing. */
const pageSize = 1000
/** Copies that are read at the same time. */
const copiesAtOnce = 16

const keyOf = ({ repository }: Root, sequence: number) =>
  ({ kind: "history", repository: repository.id, sequence }) as const

/** Checks by a listing that there is a copy of each earlier root. */
const checkListed = Effect.fnUntraced(function* (inspection: Inspection, root: Root) {
  const { documents } = yield* ObjectStore
  const names = everyItem(pageSize, (page) => documents.list({ kind: "history", repository: root.repository.id }, page))
  let expected = 0
  const missing = Effect.fnUntraced(function* (before: number) {
    for (; expected < before; expected += 1) {
      yield* inspection.report("HistoryBroken", documentPath(keyOf(root, expected)), "is not there")
    }
    expected += 1
  })
  yield* Stream.runForEach(names, (name) => {
    const sequence = Number(name)
    // Whoever moves the root puts the copy of the present one first.
    return sequence < root.sequence ? missing(sequence) : Effect.void
  })
  yield* missing(root.sequence)
})

/** What the next older copy must be; undefined where the copy that says so is lost. */
type Wanted = Sha256 | null | undefined

/** Checks a copy against what its successor names. Returns what it names in turn. */
const checkCopy = Effect.fnUntraced(function* (
  inspection: Inspection,
  {
    bytes,
    place,
    sequence
  }: { readonly bytes: Uint8Array | undefined; readonly place: string; readonly sequence: number },
  wanted: Wanted
): Effect.fn.Return<Wanted> {
  if (bytes === undefined) {
    yield* inspection.report("HistoryBroken", place, "is not there")
    return undefined
  }
  const computed = sha256(bytes)
  if (wanted !== undefined && computed !== wanted) {
    yield* inspection.report("HistoryBroken", place, `hashes to ${computed}, and the next root names ${wanted}`)
    return undefined
  }
  const copy = rootCodec.decode(bytes)
  if (Result.isFailure(copy)) {
    yield* inspection.report("HistoryBroken", place, copy.failure.message)
    return undefined
  }
  if (copy.success.sequence !== sequence) {
    yield* inspection.report("HistoryBroken", place, `is root ${copy.success.sequence}`)
    return undefined
  }
  return copy.success.previous
})

/** Reads each copy, newest first, and checks the chain of hashes. */
const checkChain = Effect.fnUntraced(function* (inspection: Inspection, root: Root) {
  const { documents } = yield* ObjectStore
  const read = Effect.fnUntraced(function* (steps: number) {
    const sequence = root.sequence - steps
    const key = keyOf(root, sequence)
    const found = yield* documents.read(key)
    return { place: documentPath(key), sequence, bytes: found._tag === "Found" ? found.document.bytes : undefined }
  })
  let wanted: Wanted = root.previous
  yield* Stream.range(1, root.sequence, copiesAtOnce).pipe(
    Stream.mapEffect(read, { concurrency: copiesAtOnce }),
    Stream.runForEach((copy) =>
      Effect.map(checkCopy(inspection, copy, wanted), (older) => {
        wanted = older
      })
    )
  )
  if (wanted !== null && wanted !== undefined) {
    const first = documentPath(root.sequence === 0 ? { kind: "root", repository: root.repository.id } : keyOf(root, 0))
    yield* inspection.report("HistoryBroken", first, `is the first root, and names ${wanted} before it`)
  }
})

/** Checks the history of a root: by a listing at level `quick`, else by reading each copy. */
export const checkHistory = (inspection: Inspection, root: Root) =>
  inspection.level === "quick" ? checkListed(inspection, root) : checkChain(inspection, root)
