/** The extractor of tests keeps the contract. */
import { layer } from "@musehub/adapter-memory/LineExtractor"
import { extractorContract } from "@musehub/contract/extractorContract"

extractorContract("lines", layer, {
  path: "a.def",
  functionOf: ({ name, parameter, result }) => `def ${name} ${parameter}\n  ${result}\n`
})
