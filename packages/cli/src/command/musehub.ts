/**
 * The root of the command tree, with the flags that all commands share. Each command gets only the services that it
 * needs from here, so that probing a store does not start a database.
 */
import { layer as packsLayer } from "@musehub/domain/invariant/packs/Packs"
import { layer as rootsLayer } from "@musehub/domain/invariant/Roots"
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { objectStoreLayer, storageLayer, usedStoreLayer } from "../Composition.ts"
import { requireFolder } from "../config/folders.ts"
import { indexExamples, objectStoreExamples } from "../config/adapters.ts"
import {
  fenceSetting,
  indexSetting,
  objectStoreSetting,
  pluginsSetting,
  readStorage,
  type StorageConfiguration
} from "../config/Configuration.ts"

export const musehub = Command.make("musehub").pipe(
  Command.withSharedFlags({
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print JSON alone on stdout: one value, or one a line where results come one by one"),
      Flag.withDefault(false)
    ),
    objectStore: Flag.Redacted(objectStoreSetting.flag.slice(2)).pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        `Where objects are stored: ${objectStoreExamples} (${objectStoreSetting.variable}; default ` +
          `${objectStoreSetting.fallback})`
      ),
      Flag.optional
    ),
    index: Flag.Redacted(indexSetting.flag.slice(2)).pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        `Where the index is stored: ${indexExamples} (${indexSetting.variable}, which keeps a password out of the ` +
          `list of processes; default ${indexSetting.fallback})`
      ),
      Flag.optional
    ),
    fence: Flag.String(fenceSetting.flag.slice(2)).pipe(
      Flag.withMetavar("store|database"),
      Flag.withDescription(
        "What decides races between writers: conditional writes of the store, or the database for a " +
          `store without them (${fenceSetting.variable}; default ${fenceSetting.fallback})`
      ),
      Flag.optional
    )
  }),
  Command.withDescription(
    "The hub for muse repositories. All commands read the same settings and also work while a hub is " +
      `running. Third-party adapters: ${pluginsSetting.variable}=<package>,… With --json, stdout holds ` +
      "only the result, and an error is one line on stderr. Exit codes: 0 done, 1 refused, 2 wrong " +
      "command line or setting, 3 store or index unavailable, 70 a bug."
  )
)

/** Reads the settings from flags and environment. */
export const storageConfiguration = Effect.flatMap(musehub, readStorage)

/** Warns of a store that ends with this process. */
const warnOfMemory = ({ objectStore, index }: StorageConfiguration) =>
  objectStore.value.scheme === "memory" || index.value.scheme === "memory"
    ? Effect.logWarning("data in memory: is lost when this command ends, and no other process sees it")
    : Effect.void

/** Builds all storage services, for a command that ends by itself. */
export const storage = Layer.unwrap(
  Effect.map(storageConfiguration, (configuration) =>
    Layer.tap(storageLayer(configuration), () => warnOfMemory(configuration))
  )
)

/** Refuses a folder that is no store, which opening it would make one. */
const requireThere = Effect.flatMap(storageConfiguration, ({ objectStore }) => requireFolder(objectStore))

/** Builds all storage services, for a command that has nothing to do in a store that is not there. */
export const presentStorage = Layer.unwrap(Effect.as(requireThere, storage))

/** Refuses an object store that is empty, of which nothing can be proven and nothing rebuilt. */
const requireUsed = Effect.gen(function* () {
  yield* Layer.build(Layer.fresh(usedStoreLayer(yield* storageConfiguration)))
}).pipe(Effect.scoped)

/** Builds all storage services, for a command that reads what hubs have put into the store. */
export const usedStorage = Layer.unwrap(Effect.as(requireUsed, storage))

/** Builds the object store alone. */
export const objectStoreOnly = Layer.unwrap(Effect.map(storageConfiguration, objectStoreLayer))

/** Builds the object store and what reads repositories from it, without the index, for a command that only looks. */
export const storeReaders = packsLayer.pipe(
  Layer.provideMerge(rootsLayer),
  Layer.provideMerge(Layer.unwrap(Effect.as(requireThere, objectStoreOnly)))
)
