/**
 * Finds the objects in a cache folder when it is opened. An operator may have named a folder that holds other things,
 * so files whose path is not one of a cache are neither read nor removed.
 */
import { RepositoryId } from "@musehub/domain/object/Id"
import { ImmutableType } from "@musehub/domain/port/StoreKey"
import { Schema } from "effect"
import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { sizeFromFile } from "./DiskFormat.ts"
import { isItemName } from "./Item.ts"

export interface Found {
  /** The file's path below the folder. */
  readonly name: string
  /** The object's size in bytes. */
  readonly size: number
  readonly usedAtMillis: number
}

/** Holds files until they are complete. */
export const temporaryFolder = "tmp"

/** The age at which a temporary file is abandoned: a write takes as long as one read of the store. */
const temporaryMillisMax = 24 * 60 * 60 * 1000

/** The most `stat` calls that wait in Node's pool at one time. */
const concurrencyMax = 64

const isRepository = Schema.is(RepositoryId)
const isType = Schema.is(ImmutableType)
const isShard = (name: string) => /^[0-9a-f]{2}$/.test(name)
/** A temporary file is named by a random UUID, like a repository. */
const isTemporary = isRepository

const foldersIn = async (folder: string, accepts: (name: string) => boolean): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && accepts(entry.name))
    .map(({ name }) => name)

const filesIn = async (folder: string, accepts: (name: string) => boolean): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && accepts(entry.name))
    .map(({ name }) => name)

/** Yields files with their sizes and times, `concurrencyMax` at a time. */
const statted = async function* (top: string, folder: string, accepts: (name: string) => boolean) {
  const names = await filesIn(join(top, folder), accepts)
  for (let start = 0; start < names.length; start += concurrencyMax) {
    yield* await Promise.all(
      names.slice(start, start + concurrencyMax).map(async (name) => {
        const { mtimeMs, size } = await stat(join(top, folder, name))
        return { name: `${folder}/${name}`, fileBytes: size, mtimeMs }
      })
    )
  }
}

const shardsIn = async function* (top: string) {
  for (const repository of await foldersIn(top, isRepository)) {
    for (const type of (await foldersIn(join(top, repository), isType)).filter(isType)) {
      for (const shard of await foldersIn(join(top, repository, type), isShard)) {
        yield { folder: `${repository}/${type}/${shard}`, shard, type }
      }
    }
  }
}

/**
 * Returns the objects in a cache folder, the least recently used first. Removes files whose size no object can have,
 * those beyond `entriesMax`, and temporary files that a crash left.
 */
export const scan = async (top: string, entriesMax: number, nowMillis: number): Promise<ReadonlyArray<Found>> => {
  for await (const { mtimeMs, name } of statted(top, temporaryFolder, isTemporary)) {
    if (nowMillis - mtimeMs > temporaryMillisMax) await rm(join(top, name), { force: true })
  }
  const found: Array<Found> = []
  for await (const { folder, shard, type } of shardsIn(top)) {
    const isOfShard = (name: string) => isItemName(type, name) && name.startsWith(shard)
    for await (const { fileBytes, mtimeMs, name } of statted(top, folder, isOfShard)) {
      const size = sizeFromFile(fileBytes)
      if (size === undefined || found.length >= entriesMax) await rm(join(top, name), { force: true })
      else found.push({ name, size, usedAtMillis: mtimeMs })
    }
  }
  return found.toSorted((left, right) => left.usedAtMillis - right.usedAtMillis)
}
