/** The settings of a legacy hub: both or none, refused without a password in the message, and their effect. */
import { servedLayer } from "@musehub/cli/Composition"
import { readCache, readLegacy } from "@musehub/cli/config/Configuration"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { checkCommit, commitObject, decodeCommit } from "@musehub/domain/object/Commit"
import { CommitId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { ConfigProvider, Context, Effect, Layer, Logger, Option, Result } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run, start } from "../cli/program.ts"
import { fencedRootsOver } from "../domain/support/rootSamples.ts"
import { newRepository } from "@musehub/contract/StoreSamples"
import { acquirePostgres } from "../services/services.ts"
import { legacyDatabase, objectsDirectory } from "./legacyDatabase.ts"
import { servedBy, storedIn } from "./support.ts"

const serverUrl = await acquirePostgres()
const directory = await mkdtemp(join(tmpdir(), "musehub-legacy-cli-"))
afterAll(() => rm(directory, { recursive: true, force: true }))

type Environment = Readonly<Record<string, string>>

const environment = (env: Environment) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env, preserveEmptyStrings: true })))

/** The store that serving reads from, over an empty store. */
const served = (env: Environment, store: Layer.Layer<ObjectStore> = MemoryObjectStore.layer()) =>
  Effect.gen(function* () {
    const layer = servedLayer(yield* readCache(), yield* readLegacy())
    const bare = Context.get(yield* Layer.build(store), ObjectStore)
    const behind = Context.add(yield* fencedRootsOver(bare), ObjectStore, bare)
    return servedBy(yield* Layer.build(Layer.provide(layer, Layer.succeedContext(behind))))
  }).pipe(environment(env), Effect.provide(Logger.layer([])))

const unreachable = "postgres://ada:s3cret@127.0.0.1:1/legacy"
const linearHead = "0e570cb9b0aa7653b8188b6b5302e25a265f3bdd81f988996f6b5606e67ed14d"

describe("the settings of a legacy hub", () => {
  it.effect("are absent by default", () =>
    Effect.map(readLegacy().pipe(environment({})), (legacy) => assert.isTrue(Option.isNone(legacy)))
  )

  it.live("are refused alone, empty, or of another scheme, and never repeated", () =>
    Effect.gen(function* () {
      const [database, objects] = ["MUSEHUB_LEGACY_DATABASE", "MUSEHUB_LEGACY_OBJECTS"]
      const table: ReadonlyArray<readonly [Environment, string]> = [
        [{ [database]: unreachable }, objects],
        [{ [objects]: objectsDirectory }, database],
        [{ [database]: "", [objects]: objectsDirectory }, database],
        [{ [database]: unreachable, [objects]: "" }, objects],
        [{ [database]: unreachable, [objects]: "a\0b" }, objects],
        [{ [database]: "mysql://ada:s3cret@host/legacy", [objects]: objectsDirectory }, database],
        [{ [database]: "s3cret", [objects]: objectsDirectory }, database],
        [{ [database]: "postgres://ada:s3cret@host/x?max_connections=no", [objects]: objectsDirectory }, database]
      ]
      for (const [env, setting] of table) {
        const error = yield* Effect.flip(Effect.scoped(served(env)))
        assert(error._tag === "ConfigurationRefused", error._tag)
        assert.strictEqual(error.setting, setting)
        assert.notInclude(error.message, "s3cret")
        assert.notInclude(error.message, "\n")
      }
    })
  )

  it.live("let objects that the store lacks be served from the rows, and stored ones from the store", () =>
    Effect.gen(function* () {
      const url = yield* legacyDatabase(serverUrl)
      const env = { MUSEHUB_LEGACY_DATABASE: url, MUSEHUB_LEGACY_OBJECTS: objectsDirectory }
      const bare = Context.get(yield* Layer.build(MemoryObjectStore.layer()), ObjectStore)
      const repository = newRepository()
      const key = { repository, type: "commit", id: CommitId.make(linearHead) } as const
      assert.strictEqual((yield* Effect.flip((yield* served({})).get(key)))._tag, "ObjectMissing")

      const store = yield* served(env, Layer.succeed(ObjectStore, bare))
      const made = Result.getOrThrow(decodeCommit(yield* store.get(key)))
      assert.strictEqual(made.record.author, "ada")
      // Another hub takes the client's own record, whose author was empty. A cache outside would keep the row's.
      const own = checkCommit({ ...made.record, author: "" })
      const stored = storedIn(repository, [Result.getOrThrow(Result.flatMap(own, commitObject))])
      yield* Effect.provideContext(stored, Context.add(yield* fencedRootsOver(bare), ObjectStore, bare))
      assert.strictEqual(Result.getOrThrow(decodeCommit(yield* store.get(key))).record.author, "")
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it("are in the help of serve, and a hub does not start over a legacy hub that it cannot read", async () => {
    const help = await run(["serve", "--help"], { directory })
    assert.include(help.stdout, "MUSEHUB_LEGACY_DATABASE")
    assert.include(help.stdout, "MUSEHUB_LEGACY_OBJECTS")
    const env = { MUSEHUB_OBJECT_STORE: "memory:", MUSEHUB_INDEX: "memory:", MUSEHUB_PORT: "0", MUSEHUB_USER: "ada" }
    const nowhere = join(directory, "nowhere")
    for (const [objects, place] of [
      [objectsDirectory, "127.0.0.1:1"],
      [nowhere, nowhere]
    ] as const) {
      const ended = await run(["serve"], {
        directory,
        env: { ...env, MUSEHUB_LEGACY_DATABASE: unreachable, MUSEHUB_LEGACY_OBJECTS: objects }
      })
      assert.strictEqual(ended.code, 3, ended.stderr)
      assert.include(ended.stderr, place)
      assert.notInclude(ended.stderr, "s3cret")
    }
  })

  it("let a hub start and stop", async () => {
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const url = yield* legacyDatabase(serverUrl)
          const hub = start(["serve", "--json"], {
            directory,
            env: {
              MUSEHUB_OBJECT_STORE: "memory:",
              MUSEHUB_INDEX: "memory:",
              MUSEHUB_PORT: "0",
              MUSEHUB_USER: "ada",
              MUSEHUB_LEGACY_DATABASE: url,
              MUSEHUB_LEGACY_OBJECTS: objectsDirectory
            }
          })
          assert.include(yield* Effect.promise(() => hub.firstLine), "http://")
          hub.signal("SIGTERM")
          assert.strictEqual((yield* Effect.promise(() => hub.ended)).code, 0)
        })
      )
    )
  })
})
