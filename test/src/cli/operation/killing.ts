/** Commands that are killed at random moments, and the stores that they are killed over. */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { assert } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Context, Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { at, startHub } from "../../domain/support/hubSamples.ts"
import { run, start } from "../program.ts"

/** How often a test kills: `MUSEHUB_KILLS`, or few times. */
export const killsOr = (few: number): number => Number(process.env["MUSEHUB_KILLS"] ?? few)

/** A folder that is removed when the scope ends. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-killed-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** A hub over a store in a folder, with an index in memory and the user ada. */
export const hubInFolder = Effect.fnUntraced(function* (folder: string) {
  const store = Context.get(yield* Layer.build(FilesystemObjectStore.layer(folder)), ObjectStore)
  const hub = yield* startHub({ store })
  yield* at(hub)(requireSameHub)
  yield* at(hub)(ensureUser(UserName.make("ada")))
  return hub
})

/** Runs a command that must succeed, and returns its end and how long it took, in milliseconds. */
export const runUndisturbed = Effect.fnUntraced(function* (args: ReadonlyArray<string>, directory: string) {
  const begun = performance.now()
  const ended = yield* Effect.promise(() => run(args, { directory }))
  const took = performance.now() - begun
  assert.strictEqual(ended.code, 0, `${ended.stdout}${ended.stderr}`.slice(-4000))
  return { ...ended, took }
})

/**
 * Starts a command that takes so many milliseconds, and kills it after a share of them, from 0 to 1. Returns whether it
 * was still at work.
 */
export const killedAt = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  directory: string,
  tookMillis: number,
  share: number
) {
  const process = start(args, { directory })
  // What comes before starts the process.
  yield* Effect.sleep(tookMillis * (0.3 + 0.7 * share))
  process.signal("SIGKILL")
  return (yield* Effect.promise(() => process.ended)).code === null
})

/** Reads what a store in a folder has of its repositories, as `say` puts a file in words; undefined leaves it out. */
export const repositoriesIn = Effect.fnUntraced(function* (
  folder: string,
  say: (path: string, bytes: Uint8Array) => string | undefined
) {
  const top = join(folder, "repositories")
  const entries = yield* Effect.promise(() => readdir(top, { recursive: true, withFileTypes: true }))
  const said: Array<string> = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = yield* Effect.promise(() => readFile(path))
    const text = say(path.slice(top.length + 1), bytes)
    if (text !== undefined) said.push(text)
  }
  return said.toSorted()
})

/** Says a file by its path and the hash of its bytes. */
export const byHash = (path: string, bytes: Uint8Array): string =>
  `${path} ${createHash("sha256").update(bytes).digest("hex")}`

/** Asserts that an index has each row that the store gives, and no other. */
export const assertProved = Effect.fnUntraced(function* (store: string, index: string, directory: string) {
  const args = ["rebuild", "--prove", "--object-store", `file:${store}`, "--index", index]
  const { stdout } = yield* runUndisturbed(args, directory)
  assert.strictEqual(stdout, "0 differences\n")
})
