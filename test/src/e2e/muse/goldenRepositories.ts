/** The repositories that the real client made, read from `test/vectors/repos`. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { sep } from "node:path"
import type { LocalRepository } from "./LocalRepository.ts"
import { type Fields, fromJson, isFields, textOf } from "./Value.ts"

const folder = new URL("../../../vectors/repos/", import.meta.url)

const recordsIn = (path: string): ReadonlyMap<string, Fields> =>
  new Map(
    readdirSync(new URL(path, folder)).map((name) => {
      const record = fromJson(readFileSync(new URL(path + name, folder), "utf8"))
      if (!isFields(record)) throw new Error(`${path}${name} is not a record`)
      return [name.replace(/\.json$/, ""), record]
    })
  )

const filesIn = (path: string): ReadonlyArray<string> =>
  readdirSync(new URL(path, folder), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll(sep, "/"))
    .filter((name) => statSync(new URL(path + name, folder)).isFile())

/** `main` first, as a person would push them: the first branch becomes the default. */
const byName = (a: string, b: string) => Number(b === "main") - Number(a === "main") || a.localeCompare(b)

export const goldenRepository = (name: string): LocalRepository => ({
  domain: textOf(fromJson(readFileSync(new URL(`${name}/repo.json`, folder), "utf8")), "domain"),
  heads: new Map(
    filesIn(`${name}/refs/heads/`)
      .toSorted(byName)
      .map((branch) => [branch, readFileSync(new URL(`${name}/refs/heads/${branch}`, folder), "utf8").trim()])
  ),
  commits: recordsIn(`${name}/commits/`),
  snapshots: recordsIn(`${name}/snapshots/`),
  blobs: new Map(
    filesIn(`${name}/objects/`).map((file) => [
      file.replace("/", ""),
      new Uint8Array(readFileSync(new URL(`${name}/objects/${file}`, folder)))
    ])
  )
})

export const goldenNames: ReadonlyArray<string> = readdirSync(folder).toSorted()
