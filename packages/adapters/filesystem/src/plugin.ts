/** The plugin of the folder adapter: `file:<dir>` with the path as written, or a whole `file:///` URL. */
import { ConfigurationRefused, type ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer, Result } from "effect"
import { fileURLToPath } from "node:url"
import * as FilesystemObjectStore from "./FilesystemObjectStore.ts"

const scheme = "file"
const usage = "file:<folder>"

/** Returns the folder that a URL names, absolute or relative to the working directory. */
export const parseFileUrl = (url: string): Result.Result<string, ConfigurationRefused> => {
  const path = url.slice(scheme.length + 1)
  if (!url.startsWith(`${scheme}:`)) return refuse(`not a file: URL; expected ${usage}`)
  if (path === "") return refuse(`the folder is missing; expected ${usage}`)
  if (path.includes("\0")) return refuse("the folder contains NUL")
  if (!path.startsWith("//")) return Result.succeed(path)
  return Result.mapError(Result.try({ try: () => fileURLToPath(url), catch: (cause) => String(cause) }), (cause) =>
    refusal(`${cause}; expected ${usage}`)
  )
}

export const plugin: ObjectStorePlugin = {
  port: "ObjectStore",
  scheme,
  usage,
  layer: (url) =>
    Layer.unwrap(
      Effect.map(Effect.fromResult(parseFileUrl(url)), (directory) => FilesystemObjectStore.layer(directory))
    )
}

export default plugin

const refusal = (reason: string) => new ConfigurationRefused({ setting: "object store URL", reason })

const refuse = (reason: string) => Result.fail(refusal(reason))
