/**
 * The program without a process of its own: each run is a start on objects in a folder and an index that starts empty,
 * so every command must also recover from the store.
 */
import { type Storage, storageLayer } from "@musehub/cli/Composition"
import { readStorage } from "@musehub/cli/config/Configuration"
import { conclude } from "@musehub/cli/exit"
import { commandLine } from "@musehub/cli/program"
import type { CommitId } from "@musehub/domain/object/Id"
import { UserName } from "@musehub/domain/repository/Names"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { actingAs } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { ConfigProvider, Effect, Layer, Option, Redacted } from "effect"
import { TestConsole } from "effect/testing"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Ended, json } from "./program.ts"

export interface Hub {
  /** The folder of the hub; `objects` in it is its store. */
  readonly directory: string
  /** Runs a command to its end. */
  readonly run: (...args: ReadonlyArray<string>) => Promise<Ended>
  /** Runs a command with `--json`, which must succeed, and returns its value. */
  readonly json: (...args: ReadonlyArray<string>) => Promise<unknown>
  /** Commits files to a branch of `ada/<slug>`, as ada. */
  readonly commit: (slug: string, branch: string, message: string, files: Files) => Promise<CommitId>
  readonly close: () => Promise<void>
}

/** Contents by path. */
export type Files = Readonly<Record<string, string>>

const written = (lines: ReadonlyArray<unknown>): string => lines.map((line) => `${String(line)}\n`).join("")

const runAs = (args: ReadonlyArray<string>): Promise<Ended> =>
  Effect.gen(function* () {
    const code = yield* Effect.flatMap(Effect.exit(commandLine(args)), conclude)
    return { code, stdout: written(yield* TestConsole.logLines), stderr: written(yield* TestConsole.errorLines) }
  }).pipe(Effect.provide(TestConsole.layer), Effect.runPromise)

/** A hub in a fresh folder. `index` is for tests of what only an index stores. */
export const startHub = async (index: (directory: string) => string = () => "memory:"): Promise<Hub> => {
  const directory = await mkdtemp(join(tmpdir(), "musehub-in-process-"))
  const urls = { objectStore: `file:${join(directory, "objects")}`, index: index(directory) }
  const flags = ["--object-store", urls.objectStore, "--index", urls.index, "--log-level", "error"]
  const run = (...args: ReadonlyArray<string>) => runAs([...args, ...flags])
  const storage = readStorage({
    objectStore: Option.some(Redacted.make(urls.objectStore)),
    index: Option.some(Redacted.make(urls.index)),
    fence: Option.none()
  }).pipe(
    Effect.map(storageLayer),
    Layer.unwrap,
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} })))
  )
  const at = <A, E>(effect: Effect.Effect<A, E, Storage>): Promise<A> =>
    Effect.runPromise(Effect.provide(effect, storage))
  return {
    directory,
    run,
    json: async (...args) => json(await run(...args, "--json")),
    commit: (slug, branch, message, files) =>
      at(
        Effect.gen(function* () {
          const open = yield* openRepository("ada", slug, actingAs(UserName.make("ada")), "write")
          const changes = Object.entries(files).map(
            ([path, text]) => ({ op: "put", path, content: new TextEncoder().encode(text) }) as const
          )
          return (yield* commitFiles(open, { branch, message, changes })).commitId
        })
      ),
    close: () => rm(directory, { recursive: true, force: true })
  }
}
