/**
 * The plugin value through which a hub finds this adapter: everything whose URL begins with `s3:`. The URL is parsed
 * when the layer is built, and refused before any request is made.
 */
import type { ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer } from "effect"
import { parseS3Url, usage } from "./S3Config.ts"
import { layer } from "./S3ObjectStore.ts"

export const plugin: ObjectStorePlugin = {
  port: "ObjectStore",
  scheme: "s3",
  usage,
  layer: (url) => Layer.unwrap(Effect.map(Effect.fromResult(parseS3Url(url)), layer))
}

export default plugin
