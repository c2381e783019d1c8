/**
 * The few system calls that the store is made of, as promises over plain file descriptors: the cheapest form that Node
 * offers. Every call of this folder that takes a descriptor must run to its end before the descriptor is closed, since
 * the number may be given to another file at once.
 */
import * as fs from "node:fs"
import { promisify } from "node:util"

export const open = promisify(fs.open)
export const close = promisify(fs.close)
export const fsync = promisify(fs.fsync)
export const fstat = promisify(fs.fstat)
export const futimes = promisify(fs.futimes)
export const link = promisify(fs.link)
export const unlink = promisify(fs.unlink)
export const stat = promisify(fs.stat)
export const readFile = promisify(fs.readFile)
export const readdir = promisify(fs.readdir)
export const mkdir = promisify(fs.mkdir)
export const opendir = promisify(fs.opendir)

const writeSome = promisify(fs.write)
const readSome = promisify(fs.read)

/** Writes all bytes at the descriptor's position; one call to the system may write fewer. */
export const writeAll = async (descriptor: number, bytes: Uint8Array): Promise<void> => {
  for (let written = 0; written < bytes.byteLength;) {
    written += (await writeSome(descriptor, bytes, written, bytes.byteLength - written, null)).bytesWritten
  }
}

/** Reads exactly `length` bytes at `position`. A file that ends before them is an error, never a short answer. */
export const readExactly = async (descriptor: number, position: number, length: number): Promise<Uint8Array> => {
  // Not from Node's shared pool: the bytes are handed out, and a small view would keep a whole pool page alive.
  const bytes = Buffer.allocUnsafeSlow(length)
  for (let read = 0; read < length;) {
    const { bytesRead } = await readSome(descriptor, bytes, read, length - read, position + read)
    if (bytesRead === 0) throw new Error(`the file ends at ${position + read}, ${length - read} bytes early`)
    read += bytesRead
  }
  return bytes
}

/**
 * The whole of a file that nobody writes to. Of its four calls two go without Node's pool, whose wake-ups cost more
 * than the calls: the inode is in memory once the file is open, and closing what was only read has nothing to write.
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

/** Runs `use` on an open file and closes it, also when `use` fails. */
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

/** The system's name for a failure, such as `ENOENT`. */
export const codeOf = (cause: unknown): string | undefined => {
  const code: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, "code") : undefined
  return typeof code === "string" ? code : undefined
}
