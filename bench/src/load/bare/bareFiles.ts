/**
 * The baseline for the store of files: the same objects written with `node:fs` alone and the same durability as the
 * adapter: temporary file, fsync, link, and an fsync of the folder that concurrent writers share. No hashing, no HTTP,
 * no index, no root.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { type BareObject, inParallel } from "./bareObjects.ts"

const open = promisify(fs.open)
const write = promisify(fs.write)
const fsync = promisify(fs.fsync)
const close = promisify(fs.close)
const link = promisify(fs.link)
const unlink = promisify(fs.unlink)

/** Returns an fsync of a folder that begins after the call; calls that wait together share one. */
const folderSync = (folder: string) => {
  const descriptor = fs.openSync(folder, "r")
  let running: Promise<void> | undefined
  let waiting: Promise<void> | undefined
  const start = (): Promise<void> => {
    waiting = undefined
    const round: Promise<void> = fsync(descriptor).finally(() => {
      if (running === round) running = undefined
    })
    running = round
    return round
  }
  return {
    sync: (): Promise<void> => {
      if (running === undefined) return start()
      waiting ??= running.then(start, start)
      return waiting
    },
    close: () => fs.closeSync(descriptor)
  }
}

/** Writes the objects below a folder that it creates. */
export const writeBareFiles = async (top: string, objects: ReadonlyArray<BareObject>): Promise<void> => {
  const temporary = join(top, "tmp")
  fs.mkdirSync(temporary, { recursive: true })
  const folders = new Map(
    ["blobs", "snapshots", "commits"].map((name) => {
      const path = join(top, name)
      fs.mkdirSync(path)
      return [name, { path, ...folderSync(path) }]
    })
  )
  let count = 0
  await inParallel(objects, async ({ folder, id, bytes }) => {
    const place = folders.get(folder)
    if (place === undefined) throw new Error(`no folder ${folder}`)
    const path = join(temporary, String(count++))
    const descriptor = await open(path, "wx", 0o444)
    await write(descriptor, bytes)
    await fsync(descriptor)
    await close(descriptor)
    await link(path, join(place.path, id))
    await Promise.all([place.sync(), unlink(path)])
  })
  for (const { close } of folders.values()) close()
}

/** Reads every object once, at the concurrency of a clone. */
export const readBareFiles = (top: string, objects: ReadonlyArray<BareObject>): Promise<void> => {
  const readFile = promisify(fs.readFile)
  return inParallel(objects, ({ folder, id }) => readFile(join(top, folder, id)))
}
