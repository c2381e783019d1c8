/**
 * Writes a zip (APPNOTE 6.3.10) while its files are read: what is known of a file only after its bytes follows them.
 * The list at the end is in memory, some 100 bytes a file.
 *
 * Own code: packages that stream take Node's streams, or whole files, and compress on the event loop.
 */
import { Effect, Stream } from "effect"
import { concat, utf8 } from "../../base/Bytes.ts"
import { crc32, deflateEnd, deflatePart } from "../../base/Compression.ts"
import { type ArchiveFile, type ArchiveHead, partsOf } from "./ArchiveFile.ts"

const word = 0xffff_ffff
const half = 0xffff

/** Content that may have more than 32 bits of length once it is deflated, which can make it a little longer. */
const largeBytes = 0xff00_0000

/** The versions that a reader needs: for folders and deflate, and for 64-bit lengths. */
const version = 20
const version64 = 45
/** Made on Unix, so that attributes are those of Unix. */
const madeBy = (3 << 8) | version64
/** The name is UTF-8; lengths and hash follow the content. */
const utf8Flag = 1 << 11
const followsFlag = 1 << 3

/** Bytes of the fields that are written together. */
const fieldsBytesMax = 64

/** Fields in little-endian order, each of 2, 4 or 8 bytes. */
const fields = (...values: ReadonlyArray<readonly [bytes: 2 | 4 | 8, value: number]>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(fieldsBytesMax))
  let at = 0
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  return new Uint8Array(view.buffer, 0, at)
}

/** A date and time of DOS, in UTC, which begin in 1980. */
const dosTime = (seconds: number): { readonly date: number; readonly time: number } => {
  const at = new Date(seconds * 1000)
  const year = at.getUTCFullYear()
  if (year < 1980) return { date: (1 << 5) | 1, time: 0 }
  return {
    date: ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  }
}

/** The time in seconds of Unix, for readers that know it. */
const unixTime = (seconds: number): Uint8Array =>
  concat([fields([2, 0x5455], [2, 5]), Uint8Array.of(1), fields([4, seconds])])

/** An entry, as both of its headers say it. */
interface Entry {
  readonly name: Uint8Array
  readonly flags: number
  /** 0 as it is, 8 deflated. */
  readonly method: number
  /** Permissions and kind of Unix. */
  readonly mode: number
  readonly seconds: number
  readonly isLarge: boolean
}

interface Written {
  readonly crc: number
  readonly deflated: number
  readonly size: number
}

const nothing: Written = { crc: 0, deflated: 0, size: 0 }

/** What both headers begin with, after the version. */
const shared = ({ flags, method, seconds }: Entry) => {
  const { date, time } = dosTime(seconds)
  return [
    [2, flags],
    [2, method],
    [2, time],
    [2, date]
  ] as const
}

const localHeader = (entry: Entry): Uint8Array => {
  const { isLarge, name, seconds } = entry
  const lengths = isLarge ? word : 0
  const extra = concat([isLarge ? fields([2, 1], [2, 16], [8, 0], [8, 0]) : new Uint8Array(), unixTime(seconds)])
  const head = fields(
    [4, 0x04034b50],
    [2, isLarge ? version64 : version],
    ...shared(entry),
    [4, 0],
    [4, lengths],
    [4, lengths],
    [2, name.byteLength],
    [2, extra.byteLength]
  )
  return concat([head, name, extra])
}

/** What follows the content. */
const descriptor = ({ crc, deflated, size }: Written, isLarge: boolean): Uint8Array => {
  const bytes = isLarge ? 8 : 4
  return fields([4, 0x08074b50], [4, crc], [bytes, deflated], [bytes, size])
}

const centralHeader = (entry: Entry, { crc, deflated, size }: Written, offset: number): Uint8Array => {
  const { mode, name, seconds } = entry
  // Those that do not fit into 32 bits, in this order.
  const long = [size, deflated, offset].filter((value) => value >= word)
  const long64 =
    long.length === 0 ? new Uint8Array() : fields([2, 1], [2, 8 * long.length], ...long.map((v) => [8, v] as const))
  const extra = concat([long64, unixTime(seconds)])
  const head = fields(
    [4, 0x02014b50],
    [2, madeBy],
    [2, long.length === 0 ? version : version64],
    ...shared(entry),
    [4, crc],
    [4, Math.min(deflated, word)],
    [4, Math.min(size, word)],
    [2, name.byteLength],
    [2, extra.byteLength],
    // Comment, disk, internal attributes.
    [2, 0],
    [2, 0],
    [2, 0],
    [4, (mode << 16) >>> 0],
    [4, Math.min(offset, word)]
  )
  return concat([head, name, extra])
}

const ending = (entries: number, bytes: number, offset: number): Uint8Array => {
  const isLarge = entries >= half || bytes >= word || offset >= word
  const record64 = fields(
    [4, 0x06064b50],
    [8, 44],
    [2, madeBy],
    [2, version64],
    [4, 0],
    [4, 0],
    [8, entries],
    [8, entries],
    [8, bytes],
    [8, offset]
  )
  const locator = fields([4, 0x07064b50], [4, 0], [8, offset + bytes], [4, 1])
  const record = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, Math.min(entries, half)],
    [2, Math.min(entries, half)],
    [4, Math.min(bytes, word)],
    [4, Math.min(offset, word)],
    [2, 0]
  )
  return isLarge ? concat([record64, locator, record]) : record
}

/** Entries whose headers are one chunk of the list at the end. */
const listedTogether = 1000

/** Counts what was written, and keeps the list. */
class Archive {
  readonly #list: Array<Uint8Array> = []
  #chunk: Array<Uint8Array> = []
  #offset = 0
  #entries = 0
  #bytes = 0

  passed(bytes: Uint8Array): Uint8Array {
    this.#offset += bytes.byteLength
    return bytes
  }

  get offset(): number {
    return this.#offset
  }

  add(entry: Entry, written: Written, offset: number): void {
    const header = centralHeader(entry, written, offset)
    this.#entries += 1
    this.#bytes += header.byteLength
    if (this.#chunk.push(header) < listedTogether) return
    this.#list.push(concat(this.#chunk))
    this.#chunk = []
  }

  end(): ReadonlyArray<Uint8Array> {
    return [...this.#list, concat([...this.#chunk, ending(this.#entries, this.#bytes, this.#offset)])]
  }
}

/** Files, or parts of one, that are deflated at the same time. */
const filesAtOnce = 2

interface Deflated {
  readonly entry: Entry
  readonly crc: number
  readonly size: number
  readonly deflated: Uint8Array
}

interface Streamed<E, R> {
  readonly entry: Entry
  readonly content: Stream.Stream<Uint8Array, E, R>
}

/** Deflates what is in memory. */
const prepared = <E, R>(
  { content, name, size }: ArchiveFile<E, R>,
  seconds: number
): Effect.Effect<Deflated | Streamed<E, R>> => {
  const flags = utf8Flag | followsFlag
  const entry = { name: utf8(name), flags, method: 8, mode: 0o100644, seconds, isLarge: size >= largeBytes }
  if (!(content instanceof Uint8Array)) return Effect.succeed({ entry, content })
  const whole = { entry, crc: crc32(content), size }
  if (size === 0) return Effect.succeed({ ...whole, deflated: deflateEnd })
  return Effect.map(deflatePart(content), (part) => ({ ...whole, deflated: concat([part, deflateEnd]) }))
}

const writeWhole = (archive: Archive, { crc, deflated, entry, size }: Deflated): Uint8Array => {
  const { offset } = archive
  const written = { crc, deflated: deflated.byteLength, size }
  archive.add(entry, written, offset)
  return archive.passed(concat([localHeader(entry), deflated, descriptor(written, entry.isLarge)]))
}

const writeStreamed = <E, R>(archive: Archive, { content, entry }: Streamed<E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    const { offset } = archive
    let [crc, deflated, size] = [0, 0, 0]
    const parts = partsOf(content).pipe(
      Stream.map((part) => {
        crc = crc32(part, crc)
        size += part.byteLength
        return part
      }),
      Stream.mapEffect(deflatePart, { concurrency: filesAtOnce }),
      Stream.concat(Stream.succeed(deflateEnd)),
      Stream.map((part) => {
        deflated += part.byteLength
        return archive.passed(part)
      })
    )
    const after = Stream.suspend(() => {
      const written = { crc, deflated, size }
      archive.add(entry, written, offset)
      return Stream.succeed(archive.passed(descriptor(written, entry.isLarge)))
    })
    return Stream.succeed(archive.passed(localHeader(entry))).pipe(Stream.concat(parts), Stream.concat(after))
  })

const isWhole = <E, R>(file: Deflated | Streamed<E, R>): file is Deflated => "deflated" in file

/** Writes files that came together: those in memory as one piece. */
const writeChunk = <E, R>(
  archive: Archive,
  chunk: ReadonlyArray<Deflated | Streamed<E, R>>
): Stream.Stream<Uint8Array, E, R> =>
  chunk.every(isWhole)
    ? Stream.succeed(concat(chunk.map((file) => writeWhole(archive, file))))
    : Stream.flatMap(Stream.fromIterable(chunk), (file) =>
        isWhole(file) ? Stream.succeed(writeWhole(archive, file)) : writeStreamed(archive, file)
      )

/** Writes files, in their order, as a zip. */
export const zip = <E, R, E2, R2>(
  { folder, seconds }: ArchiveHead,
  files: Stream.Stream<ArchiveFile<E, R>, E2, R2>
): Stream.Stream<Uint8Array, E | E2, R | R2> =>
  Stream.suspend(() => {
    const archive = new Archive()
    const top = { name: utf8(folder), flags: utf8Flag, method: 0, mode: 0o040755, seconds, isLarge: false }
    const { offset } = archive
    archive.add(top, nothing, offset)
    return Stream.succeed(archive.passed(localHeader(top))).pipe(
      Stream.concat(
        Stream.chunks(files).pipe(
          Stream.mapEffect((chunk) =>
            Effect.forEach(chunk, (file) => prepared(file, seconds), { concurrency: filesAtOnce })
          ),
          Stream.flatMap((chunk) => writeChunk(archive, chunk))
        )
      ),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(archive.end())))
    )
  })
