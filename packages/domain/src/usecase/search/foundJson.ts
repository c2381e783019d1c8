/** What a search found, as programs see it. */
import type { Commit } from "../../object/Commit.ts"
import { languageOf } from "../../reading/languageOf.ts"
import type { TreeFile } from "../../reading/Tree.ts"
import type { FoundSymbol } from "../symbols/listSymbols.ts"
import type { FoundText } from "./searchContent.ts"

export const foundCommitJson = ({ id, record }: Commit) => ({
  type: "commit" as const,
  commitId: id,
  author: record.author,
  committedAt: record.committed_at,
  message: record.message
})

export const foundPathJson = ({ blob, path }: TreeFile) => ({
  type: "path" as const,
  path,
  blobId: blob,
  language: languageOf(path)
})

export const foundLineJson = (found: FoundText) => ({ type: "line" as const, ...found })

export const foundSymbolJson = ({ address, kind, line, name, path }: FoundSymbol) => ({
  type: "symbol" as const,
  address,
  kind,
  name,
  path,
  line
})
