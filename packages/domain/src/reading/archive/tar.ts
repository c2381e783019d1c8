/**
 * Writes a tar (POSIX.1-2001: ustar with pax headers), gzipped as one member, while its files are read.
 *
 * Own code: a header is 512 bytes, and packages take Node's streams with callbacks for each file, through which the
 * failure of a file would have to be led back.
 */
import { Stream } from "effect"
import { concat, utf8, utf8Length } from "../../base/Bytes.ts"
import { crc32, deflateEnd, deflatePart } from "../../base/Compression.ts"
import { type ArchiveFile, type ArchiveHead, partsOf } from "./ArchiveFile.ts"

const blockBytes = 512
/** Bytes of a name that a header has room for. */
const nameBytesMax = 100

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`

interface Entry {
  readonly name: string
  readonly size: number
  readonly mode: number
  /** `0` a file, `5` a folder, `x` a pax header for the next entry. */
  readonly type: "0" | "5" | "x"
  readonly seconds: number
}

const header = ({ mode, name, seconds, size, type }: Entry): Uint8Array => {
  const block = new Uint8Array(blockBytes)
  const put = (at: number, text: string) => block.set(utf8(text), at)
  put(0, name)
  put(100, octal(mode, 7))
  // Owner and group are root, whom an unpacking user replaces.
  put(108, octal(0, 7))
  put(116, octal(0, 7))
  put(124, octal(size, 11))
  put(136, octal(seconds, 11))
  // The sum counts itself as spaces.
  put(148, " ".repeat(8))
  put(156, type)
  put(257, "ustar\u000000")
  let sum = 0
  for (const byte of block) sum += byte
  put(148, `${octal(sum, 6)} `)
  return block
}

const padding = (size: number): Uint8Array => new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes)

/** A pax record. Its length counts the digits of the length. */
const record = (key: string, value: string): Uint8Array => {
  const rest = utf8Length(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  length = rest + String(length).length
  return utf8(`${length} ${key}=${value}\n`)
}

const isPlain = (name: string): boolean => /^[\x20-\x7e]*$/.test(name) && name.length <= nameBytesMax

/** The header of an entry, after a pax header if its name needs one. */
const heading = (entry: Entry): ReadonlyArray<Uint8Array> => {
  if (isPlain(entry.name)) return [header(entry)]
  const path = record("path", entry.name)
  return [
    header({ ...entry, name: "pax", size: path.byteLength, mode: 0o644, type: "x" }),
    path,
    padding(path.byteLength),
    // Readers of pax take the name from there.
    header({ ...entry, name: "path" })
  ]
}

const headingOf = ({ name, size }: ArchiveFile<unknown, unknown>, seconds: number) =>
  heading({ name, size, mode: 0o644, type: "0", seconds })

const writeStreamed = <E, R>(file: ArchiveFile<E, R>, content: Stream.Stream<Uint8Array, E, R>, seconds: number) =>
  Stream.fromIterable(headingOf(file, seconds)).pipe(
    Stream.concat(content),
    Stream.concat(Stream.succeed(padding(file.size)))
  )

/** Writes files that came together: those in memory as one piece. */
const writeChunk = <E, R>(
  chunk: ReadonlyArray<ArchiveFile<E, R>>,
  seconds: number
): Stream.Stream<Uint8Array, E, R> => {
  const pieces: Array<Uint8Array> = []
  for (const [place, file] of chunk.entries()) {
    const { content, size } = file
    if (content instanceof Uint8Array) pieces.push(...headingOf(file, seconds), content, padding(size))
    else {
      return Stream.fromIterable(pieces).pipe(
        Stream.concat(writeStreamed(file, content, seconds)),
        Stream.concat(Stream.suspend(() => writeChunk(chunk.slice(place + 1), seconds)))
      )
    }
  }
  return Stream.succeed(concat(pieces))
}

const tar = <E, R, E2, R2>(
  { folder, seconds }: ArchiveHead,
  files: Stream.Stream<ArchiveFile<E, R>, E2, R2>
): Stream.Stream<Uint8Array, E | E2, R | R2> =>
  Stream.fromIterable(heading({ name: folder, size: 0, mode: 0o755, type: "5", seconds })).pipe(
    Stream.concat(Stream.flatMap(Stream.chunks(files), (chunk) => writeChunk(chunk, seconds))),
    Stream.concat(Stream.succeed(new Uint8Array(2 * blockBytes)))
  )

/** Deflate, no name, no time, the fastest and the best not asked for, and Unix. */
const gzipHead = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)

const gzipTail = (crc: number, bytes: number): Uint8Array => {
  const tail = new Uint8Array(8)
  const view = new DataView(tail.buffer)
  view.setUint32(0, crc, true)
  view.setUint32(4, bytes % 2 ** 32, true)
  return tail
}

/** Parts that are deflated at the same time. */
const partsAtOnce = 2

/** Compresses a stream as gzip (RFC 1952). */
const gzip = <E, R>(content: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    let [crc, bytes] = [0, 0]
    const parts = partsOf(content).pipe(
      Stream.map((part) => {
        crc = crc32(part, crc)
        bytes += part.byteLength
        return part
      }),
      Stream.mapEffect(deflatePart, { concurrency: partsAtOnce })
    )
    const tail = Stream.suspend(() => Stream.fromIterable([deflateEnd, gzipTail(crc, bytes)]))
    return Stream.succeed(gzipHead).pipe(Stream.concat(parts), Stream.concat(tail))
  })

/** Writes files, in their order, as a gzipped tar. */
export const tarGz = <E, R, E2, R2>(
  head: ArchiveHead,
  files: Stream.Stream<ArchiveFile<E, R>, E2, R2>
): Stream.Stream<Uint8Array, E | E2, R | R2> => gzip(tar(head, files))
