/**
 * The files of the disk cache: the object's bytes in pieces, each behind its hash.
 *
 *     file  = piece piece … piece               as many as the object needs; there is no file of an empty object
 *     piece = hash bytes                        262144 bytes, the last one fewer
 *     hash  = 64 hex digits of sha256("musehub-cache-1 <name> <size> <position>\n" bytes)
 *
 * So a piece is checked before it is served, however large the object, and one that is damaged, cut off, or lies under
 * a foreign name is never served.
 */
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { FileHandle } from "node:fs/promises"

export const pieceBytesMax = 256 * 1024

const hashBytes = 64

/** How many pieces an object of so many bytes has. */
export const piecesOf = (size: number): number => Math.ceil(size / pieceBytesMax)

/** Bytes of the object in the piece at a position. */
export const pieceSize = (size: number, position: number): number =>
  Math.min(pieceBytesMax, size - position * pieceBytesMax)

/** Bytes of the file for an object of so many bytes. */
export const fileSize = (size: number): number => size + piecesOf(size) * hashBytes

/** Bytes of the object whose file has so many; none if no object has such a file. */
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

/** Reads a piece into `target`, which has its size. Fails if the file does not hold that piece, whole. */
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
  // Short also where the file was cut.
  const isWhole = bytesRead === hashBytes + target.byteLength
  if (!isWhole || hash.toString("latin1") !== hashOf(name, size, position, target)) {
    throw new Error(`piece ${position} of ${name} is damaged`)
  }
}

/** Writes the next piece, at the file's position. */
export const writePiece = async (
  file: FileHandle,
  name: string,
  size: number,
  position: number,
  bytes: Uint8Array
): Promise<void> =>
  // Despite its name it goes on where the last one ended, and writes until all is written.
  file.writeFile(Buffer.concat([Buffer.from(hashOf(name, size, position, bytes), "latin1"), bytes]))
