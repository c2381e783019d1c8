/**
 * Plans a checkout before anything is changed: the files to remove, the files to write, and the conflicts. A file
 * belongs to the repository if it has the content of one of the snapshots that the tree comes from; any other file is
 * the user's.
 */
import { type BlobId, emptyBlobId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { pathRefusal } from "@musehub/domain/object/pathRefusal"
import { Effect } from "effect"
import { LocalChanges, quoted } from "../errors.ts"
import { type Files, filesAtOnce, type FolderError, type Standing } from "../layout/Files.ts"

export interface CheckoutPlan {
  readonly remove: ReadonlyArray<string>
  readonly write: ReadonlyArray<readonly [path: string, blob: BlobId]>
  /** Paths that must not be written into a working tree, and why. They are left out. */
  readonly refused: ReadonlyArray<RefusedPath>
}

export type RefusedPath = { readonly path: string; readonly reason: string }

type Verdict =
  | { readonly type: "leave" | "remove" | "write" | "clear" }
  | { readonly type: "conflict"; readonly reason: string }

const leave: Verdict = { type: "leave" }
const conflict = (reason: string): Verdict => ({ type: "conflict", reason })

/** Separates the paths that may be written from those that must not. */
const writable = (wanted: Manifest) => {
  const to = new Map<string, BlobId>()
  const refused: Array<RefusedPath> = []
  for (const [path, blob] of wanted) {
    const reason = pathRefusal(path)
    if (reason === undefined) to.set(path, blob)
    else refused.push({ path, reason })
  }
  return { to: to as Manifest, refused }
}

/** Returns the paths whose content differs between the snapshots. */
const changedPaths = (from: ReadonlyArray<Manifest>, to: Manifest): ReadonlyArray<string> => {
  const paths = new Set(to.keys())
  for (const manifest of from) for (const path of manifest.keys()) paths.add(path)
  return [...paths].filter((path) => from.some((manifest) => manifest.get(path) !== to.get(path)))
}

/**
 * Plans the change from `from`, the snapshots whose files may be in the tree, to `wanted`. Fails if it would lose
 * anything.
 */
export const planCheckout = Effect.fnUntraced(function* (
  files: Files,
  from: ReadonlyArray<Manifest>,
  wanted: Manifest
): Effect.fn.Return<CheckoutPlan, FolderError | LocalChanges> {
  const { to, refused } = writable(wanted)
  const paths = changedPaths(from, to)
  const folders = new Map<string, Standing>()

  /** Returns the first parent of a path that is not a folder. */
  const obstacleOf = Effect.fnUntraced(function* (path: string) {
    for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
      const folder = path.slice(0, slash)
      const standing = folders.get(folder) ?? (yield* files.standing(folder))
      folders.set(folder, standing)
      if (standing === "absent") return undefined
      if (standing !== "folder") return { folder, standing }
    }
    return undefined
  })

  const judgeFile = Effect.fnUntraced(function* (path: string) {
    const target = to.get(path)
    const content = (yield* files.hash(path)) as string
    if (content === target) return leave
    if (from.some((manifest) => manifest.get(path) === content)) {
      return { type: target === undefined ? "remove" : "write" } satisfies Verdict
    }
    return conflict(from.some((manifest) => manifest.has(path)) ? "changed here" : "not tracked")
  })

  const judge = Effect.fnUntraced(function* (path: string): Effect.fn.Return<Verdict, FolderError> {
    const obstacle = yield* obstacleOf(path)
    if (obstacle !== undefined) {
      // A file in place of a parent folder is judged under its own path, and removed if it is the repository's.
      if (obstacle.standing === "file" && from.some((manifest) => manifest.has(obstacle.folder))) {
        return { type: to.has(path) ? "write" : "leave" }
      }
      return to.has(path) || obstacle.standing !== "file" ? conflict(`${obstacle.folder} is not a folder`) : leave
    }
    switch (yield* files.standing(path)) {
      case "file":
        return yield* judgeFile(path)
      case "absent": {
        if (!to.has(path)) return leave
        // The `muse` client drops empty files on receipt.
        const mayBeAbsent = from.some((manifest) => (manifest.get(path) ?? emptyBlobId) === emptyBlobId)
        return mayBeAbsent ? { type: "write" } : conflict("deleted here")
      }
      case "folder":
        return to.has(path) ? { type: "clear" } : conflict("replaced by a folder here")
      case "other":
        return conflict("a link, or something else that is not a file")
    }
  })

  const verdicts = yield* Effect.forEach(paths, (path) => Effect.map(judge(path), (verdict) => ({ path, verdict })), {
    concurrency: filesAtOnce
  })
  const remove = verdicts.flatMap(({ path, verdict }) => (verdict.type === "remove" ? [path] : []))
  const removed = new Set(remove)
  const conflicts: Array<{ readonly path: string; readonly reason: string }> = []
  const write: Array<readonly [string, BlobId]> = []
  for (const { path, verdict } of verdicts) {
    const blob = to.get(path)
    if (verdict.type === "conflict") conflicts.push({ path, reason: verdict.reason })
    if (verdict.type === "clear") {
      const other = (yield* files.filesBelow(path)).find((name) => !removed.has(`${path}/${name}`))
      if (other !== undefined) conflicts.push({ path, reason: `a folder is there, with ${quoted(other)}` })
    }
    if ((verdict.type === "write" || verdict.type === "clear") && blob !== undefined) write.push([path, blob])
  }
  if (conflicts.length > 0) return yield* new LocalChanges({ paths: conflicts })
  return { remove, write, refused }
})
