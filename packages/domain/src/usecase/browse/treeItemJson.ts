import { languageOf } from "../../reading/languageOf.ts"
import type { TreeItem } from "../../reading/Tree.ts"

/** Returns a file or folder of a tree as programs see it. */
export const treeItemJson = (item: TreeItem) => {
  const { name, path, type } = item
  return type === "dir"
    ? ({ type, name, path } as const)
    : ({ type, name, path, blobId: item.blob, language: languageOf(path) } as const)
}
