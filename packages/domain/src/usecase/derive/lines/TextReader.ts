/** Reads the texts of blobs. What one commit gives a file is mostly what the next one changes, so some are kept. */
import { Effect } from "effect"
import { BoundedMap } from "../../../base/BoundedMap.ts"
import { decodedText } from "../../../base/text/decodedText.ts"
import { readBlob } from "../../../invariant/ObjectReader.ts"
import { servedSize } from "../../../invariant/servedObjects.ts"
import { type BlobId, emptyBlobId, type RepositoryId } from "../../../object/Id.ts"
import { textBytesMax } from "../../../reading/lines/textBytesMax.ts"
import { packedBlobs } from "../packedBlobs.ts"

/** The bytes of a text, or why there are none. */
export type Text = "binary" | "too large" | Uint8Array

/** Bytes of the texts in memory. */
const keptBytes = 16 * 1024 * 1024

/** What an entry takes beside its bytes. */
const entryBytes = 200

const nothing = new Uint8Array()

/** Returns the text of a blob, with a copy of its bytes: those of a pack are a part of a whole block. */
const textOf = (bytes: Uint8Array): Text => (decodedText(bytes) === undefined ? "binary" : new Uint8Array(bytes))

export class TextReader {
  readonly #repository: RepositoryId
  readonly #kept = new BoundedMap<BlobId, Text>()

  constructor(repository: RepositoryId) {
    this.#repository = repository
  }

  #keep(blob: BlobId, text: Text): void {
    this.#kept.set(blob, text, entryBytes + (typeof text === "string" ? 0 : text.byteLength))
    this.#kept.trim({ weightMax: keptBytes })
  }

  readonly #read = Effect.fnUntraced(function* (this: TextReader, blob: BlobId) {
    const size = yield* servedSize({ repository: this.#repository, type: "blob", id: blob })
    return size > textBytesMax ? "too large" : textOf(yield* readBlob(this.#repository, blob))
  })

  /** Reads texts that will be asked for next together, some of them, as far as that goes. */
  readonly readAhead = Effect.fnUntraced(function* (this: TextReader, blobs: ReadonlyArray<BlobId | undefined>) {
    const missing = new Set(
      blobs.filter((blob) => blob !== undefined).filter((blob) => this.#kept.get(blob) === undefined)
    )
    for (const [blob, bytes] of yield* packedBlobs(this.#repository, [...missing])) {
      this.#keep(blob, bytes.byteLength > textBytesMax ? "too large" : textOf(bytes))
    }
  })

  /** Returns the text of a file of up to `textBytesMax` bytes; an empty one of a file that is not there. */
  readonly textOf = Effect.fnUntraced(function* (this: TextReader, blob: BlobId | undefined) {
    // The empty blob may never have been uploaded.
    if (blob === undefined || blob === emptyBlobId) return nothing
    const kept = this.#kept.touch(blob)
    if (kept !== undefined) return kept
    const text: Text = yield* this.#read(blob)
    this.#keep(blob, text)
    return text
  })
}
