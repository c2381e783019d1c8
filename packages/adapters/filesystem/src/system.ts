/**
 * The system calls of the store, as promises over plain file descriptors: the cheapest form that Node offers. A call
 * that takes a descriptor must finish before the descriptor is closed, since its number may be reused at once.
 */
import * as fs from "node:fs"
import { promisify } from "node:util"

export const open = promisify(fs.open)
export const close = promisify(fs.close)
export const fsync = promisify(fs.fsync)
export const fstat = promisify(fs.fstat)
export const futimes = promisify(fs.futimes)
export const link = promisify(fs.link)
export const rename = promisify(fs.rename)
export const unlink = promisify(fs.unlink)
export const rmdir = promisify(fs.rmdir)
export const stat = promisify(fs.stat)
export const readFile = promisify(fs.readFile)
export const readdir = promisify(fs.readdir)
export const mkdir = promisify(fs.mkdir)
export const opendir = promisify(fs.opendir)

/** The mode of every folder that the store makes: other users of the machine cannot enter it. */
export const folderMode = 0o700

const rightsOfOthers = 0o077

/** Takes all rights of other users to a file or folder away. Fails if it has such rights and is another user's. */
export const closeToOthers = (path: string): void => {
  const { mode } = fs.statSync(path)
  if ((mode & rightsOfOthers) !== 0) fs.chmodSync(path, mode & 0o7777 & ~rightsOfOthers)
}

const writeSome = promisify(fs.write)
const readSome = promisify(fs.read)

/** Writes all bytes at the descriptor's position; one system call may write fewer. */
export const writeAll = async (descriptor: number, bytes: Uint8Array): Promise<void> => {
  for (let written = 0; written < bytes.byteLength;) {
    written += (await writeSome(descriptor, bytes, written, bytes.byteLength - written, null)).bytesWritten
  }
}

/** Reads exactly `length` bytes at `position`. Fails if the file ends before them. */
export const readExactly = async (descriptor: number, position: number, length: number): Promise<Uint8Array> => {
  // Not from Node's shared pool: the caller keeps the bytes, and a small view would keep a whole pool page alive.
  const bytes = Buffer.allocUnsafeSlow(length)
  for (let read = 0; read < length;) {
    const { bytesRead } = await readSome(descriptor, bytes, read, length - read, position + read)
    if (bytesRead === 0) throw new Error(`the file ends at ${position + read}, ${length - read} bytes early`)
    read += bytesRead
  }
  return bytes
}

/**
 * Reads the whole of a file that is no longer written. Two of its four calls are synchronous, because waking Node's
 * pool costs more than they do: an open file's inode is in memory, and closing after a read has nothing to write.
 */
export const readWhole = async (path: string): Promise<Uint8Array> => {
  const descriptor = await open(path, "r")
  try {
    const { buffer, byteLength, byteOffset } = await readExactly(descriptor, 0, fs.fstatSync(descriptor).size)
    // Without Node's subclass, whose `slice` shares memory where that of Uint8Array copies.
    return new Uint8Array(buffer, byteOffset, byteLength)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Opens a file, runs `use` on it and closes it, even if `use` fails. */
export const withFile = async <A>(
  path: string,
  flags: string,
  mode: number | undefined,
  use: (descriptor: number) => Promise<A>
): Promise<A> => {
  const descriptor = await open(path, flags, mode)
  try {
    return await use(descriptor)
  } finally {
    await close(descriptor)
  }
}

/** Returns the system's name for a failure, such as `ENOENT`. */
export const codeOf = (cause: unknown): string | undefined => {
  const code: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, "code") : undefined
  return typeof code === "string" ? code : undefined
}
