/** The plugin of the extractor on tree-sitter: `treesitter:`. */
import { ConfigurationRefused, type ExtractorPlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer } from "effect"
import { layer } from "./TreeSitterExtractor.ts"

const usage = "treesitter:"

export const plugin: ExtractorPlugin = {
  port: "Extractor",
  scheme: "treesitter",
  usage,
  layer: (url) =>
    Layer.unwrap(
      url === usage
        ? Effect.succeed(layer)
        : Effect.fail(
            new ConfigurationRefused({ setting: "extractor URL", reason: `expected ${usage} and nothing after it` })
          )
    )
}

export default plugin
