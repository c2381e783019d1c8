/**
 * The files of the disk cache: the object's bytes in pieces, each after its hash.
 *
 *     file  = piece piece … piece               as many as the object needs; an empty object has no file
 *     piece = hash bytes                        262144 bytes, the last one fewer
 *     hash  = 64 hex digits of sha256("musehub-cache-1 <name> <size> <position>\n" bytes)
 *
 * Each piece is checked before it is served, so an object of any size can be streamed and a piece that is damaged, cut
 * off or stored under another name is never served.
 */
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { FileHandle } from "node:fs/promises"

export const pieceBytesMax = 256 * 1024

const hashBytes = 64

/** Counts the pieces of an object of `size` bytes. */
export const piecesOf = (size: number): number => Math.ceil(size / pieceBytesMax)

/** Returns the number of the object's bytes in the piece at `position`. */
export const pieceSize = (size: number, position: number): number =>
  Math.min(pieceBytesMax, size - position * pieceBytesMax)

/** Returns the size of the file for an object of `size` bytes. */
export const fileSize = (size: number): number => size + piecesOf(size) * hashBytes

/** Returns the size of the object whose file has `fileBytes` bytes; undefined if no object has such a file. */
export const sizeFromFile = (fileBytes: number): number | undefined => {
  const size = fileBytes - Math.ceil(fileBytes / (pieceBytesMax + hashBytes)) * hashBytes
  return size > 0 && fileSize(size) === fileBytes ? size : undefined
}

const hashOf = (name: string, size: number, position: number, bytes: Uint8Array): string => {
  const hash = incrementalSha256()
  hash.update(`musehub-cache-1 ${name} ${size} ${position}\n`)
  hash.update(bytes)
  return hash.digest()
}

/** Reads a piece into `target`, which has its size. Fails if the file lacks the piece or the hash differs. */
export const readPiece = async (
  file: FileHandle,
  name: string,
  size: number,
  position: number,
  target: Uint8Array
): Promise<void> => {
  const hash = Buffer.allocUnsafe(hashBytes)
  const start = position * (pieceBytesMax + hashBytes)
  const { bytesRead } = await file.readv([hash, target], start)
  // Also short where the file was truncated.
  const isWhole = bytesRead === hashBytes + target.byteLength
  if (!isWhole || hash.toString("latin1") !== hashOf(name, size, position, target)) {
    throw new Error(`piece ${position} of ${name} is damaged`)
  }
}

/** Writes the next piece at the file's position. */
export const writePiece = async (
  file: FileHandle,
  name: string,
  size: number,
  position: number,
  bytes: Uint8Array
): Promise<void> =>
  // Despite its name, `writeFile` continues at the current position; it writes all bytes.
  file.writeFile(Buffer.concat([Buffer.from(hashOf(name, size, position, bytes), "latin1"), bytes]))
