/** Support for the tests of the client: a hub in memory, temporary folders, and trees to compare. */
import { assert } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { CurrentRetryPolicy } from "@musehub/client/remote/retry"
import { Effect, Layer, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { startHub, tokenFor } from "../e2e/hub/Hub.ts"
import { type LocalRepository, pushAll } from "../e2e/muse/LocalRepository.ts"
import { createRepository, type Target } from "../e2e/muse/MuseClient.ts"
import { toJson } from "../e2e/muse/Value.ts"

/** A folder that is removed when the scope closes. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "musehub-client-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** A hub over empty stores, with a user that may do anything. */
export const memoryHub = Effect.gen(function* () {
  const storage = Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)
  const hub = yield* startHub(yield* Layer.build(Layer.fresh(storage)))
  const token = yield* tokenFor(hub, "ada")
  const repository = (name: string) => createRepository(hub.url, token, `ada/${name}`)
  return { url: hub.url, token: Redacted.make(token), repository, services: hub.services }
})

export const urlOf = ({ url, repository }: Target): string => `${url}/${repository}`

/** Makes a repository with a history, pushed as the real client does. */
export const published = Effect.fnUntraced(function* (
  hub: Effect.Success<typeof memoryHub>,
  name: string,
  local: LocalRepository
) {
  const target = yield* hub.repository(name)
  yield* pushAll(target, local)
  return target
})

/**
 * Writes objects and branches into a folder as the `muse` client would have left them, with a JSON writer of its own.
 * Existing files stay. The working tree is left to the test.
 */
export const writeLocal = (directory: string, local: LocalRepository, remoteUrl?: string): void => {
  const put = (path: string, content: Uint8Array | string) => {
    const file = join(directory, ".muse", path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  const absent = (path: string) => !existsSync(join(directory, ".muse", path))
  for (const [id, content] of local.blobs) put(`objects/${id.slice(0, 2)}/${id.slice(2)}`, content)
  for (const [id, record] of local.snapshots) put(`snapshots/${id}.json`, toJson(record))
  for (const [id, record] of local.commits) put(`commits/${id}.json`, toJson(record))
  for (const [branch, id] of local.heads) put(`refs/heads/${branch}`, id)
  if (absent("repo.json")) put("repo.json", JSON.stringify({ repo_id: randomUUID(), domain: local.domain }))
  if (absent("HEAD")) put("HEAD", "ref: refs/heads/main\n")
  if (remoteUrl !== undefined) put("config.toml", `[remotes.origin]\nurl = "${remoteUrl}"\nbranch = "main"\n`)
}

/** No pauses, and no second try. */
export const oneTry = Effect.provideService(CurrentRetryPolicy, {
  attemptsMax: 1,
  pauseMillisMin: 0,
  pauseMillisMax: 0
})

/** The usual number of tries, without the pauses. */
export const atOnce = Effect.provideService(CurrentRetryPolicy, {
  attemptsMax: 5,
  pauseMillisMin: 0,
  pauseMillisMax: 0
})

/** Lists what is below a folder, apart from folders, in order. */
const entriesOf = (folder: string, skip: (path: string) => boolean) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
    .filter(({ entry, path }) => !entry.isDirectory() && !skip(path))
    .toSorted(({ path: a }, { path: b }) => (a < b ? -1 : 1))

const nothing = () => false

/** Lists the paths of what is below a folder, apart from folders. */
export const pathsOf = (folder: string, skip: (path: string) => boolean = nothing): ReadonlyArray<string> =>
  entriesOf(folder, skip).map(({ path }) => path)

/** Reads every file below a folder; for anything else, the value says what it is. */
export const treeOf = (folder: string, skip: (path: string) => boolean = nothing): ReadonlyMap<string, string> =>
  new Map(
    entriesOf(folder, skip).map(({ entry, path }) => [
      path,
      entry.isFile() ? readFileSync(join(folder, path)).toString("latin1") : "no file"
    ])
  )

/** Reads the files of the working tree alone. */
export const workingTree = (folder: string): ReadonlyMap<string, string> =>
  treeOf(folder, (path) => path === ".muse" || path.startsWith(".muse/"))

/** Asserts that the members are present with these values. Ids are compared as strings. */
export const assertIncludes = (actual: object, expected: object): void => assert.deepInclude(actual, expected)

export const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
