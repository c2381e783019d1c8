/**
 * What a cache folder holds when it is opened. Nothing in it is read or removed but files that only a cache can have
 * put there: an operator may have named a folder that holds other things.
 */
import { ObjectType, RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import { Schema } from "effect"
import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { sizeFromFile } from "./DiskFormat.ts"

export interface Found {
  /** Path of the file below the folder. */
  readonly name: string
  /** Bytes of the object in it. */
  readonly size: number
  readonly usedAtMillis: number
}

/** Where files lie until they are complete. */
export const temporaryFolder = "tmp"

/** A temporary file that is older belongs to nobody: a write takes as long as one read of the store. */
const temporaryMillisMax = 24 * 60 * 60 * 1000

/** Questions about single files that wait in Node's pool at one time. */
const concurrencyMax = 64

const isRepository = Schema.is(RepositoryId)
const isObjectType = Schema.is(ObjectType)
const isShard = (name: string) => /^[0-9a-f]{2}$/.test(name)
const isObjectId = Schema.is(Sha256)
/** A random UUID, as the ids of repositories are. */
const isTemporary = isRepository

const foldersIn = async (folder: string, accepts: (name: string) => boolean): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && accepts(entry.name))
    .map(({ name }) => name)

const filesIn = async (folder: string, accepts: (name: string) => boolean): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && accepts(entry.name))
    .map(({ name }) => name)

/** Files with their sizes and times, some at a time. */
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
    for (const type of await foldersIn(join(top, repository), isObjectType)) {
      for (const shard of await foldersIn(join(top, repository, type), isShard)) {
        yield { folder: `${repository}/${type}/${shard}`, shard }
      }
    }
  }
}

/**
 * The objects in a cache folder, the least recently used first. Removes what no object can be, what there is beyond
 * `entriesMax`, and temporary files that a crash left.
 */
export const scan = async (top: string, entriesMax: number, nowMillis: number): Promise<ReadonlyArray<Found>> => {
  for await (const { mtimeMs, name } of statted(top, temporaryFolder, isTemporary)) {
    if (nowMillis - mtimeMs > temporaryMillisMax) await rm(join(top, name), { force: true })
  }
  const found: Array<Found> = []
  for await (const { folder, shard } of shardsIn(top)) {
    const isOfShard = (name: string) => isObjectId(name) && name.startsWith(shard)
    for await (const { fileBytes, mtimeMs, name } of statted(top, folder, isOfShard)) {
      const size = sizeFromFile(fileBytes)
      if (size === undefined || found.length >= entriesMax) await rm(join(top, name), { force: true })
      else found.push({ name, size, usedAtMillis: mtimeMs })
    }
  }
  return found.toSorted((left, right) => left.usedAtMillis - right.usedAtMillis)
}
