/**
 * The plugin of this adapter, for URLs that begin with `s3:`. The URL is parsed when the layer is built, and a wrong
 * one is refused before any request.
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
