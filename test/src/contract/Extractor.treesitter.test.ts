/** The extractor on tree-sitter keeps the contract. */
import { layer } from "@musehub/adapter-treesitter/TreeSitterExtractor"
import { extractorContract } from "@musehub/contract/extractorContract"

extractorContract("tree-sitter", layer, {
  path: "a.py",
  functionOf: ({ name, parameter, result }) => `def ${name}(${parameter}):\n    return ${result}\n`
})
