/** Windows of small histories, for tests. */
import { sha256 } from "../../object/Digest.ts"
import type { CommitId } from "../../object/Id.ts"
import { emptyWindow, type Window, type WindowCommit } from "./Window.ts"

export const idOf = (place: number): CommitId => sha256(String(place)) as string as CommitId

export const now = Date.parse("2026-11-22T12:00:00Z")

const commit = (place: number, fields: Partial<WindowCommit> = {}): WindowCommit => ({
  id: idOf(place),
  author: "ada",
  at: now,
  byAgent: false,
  semVer: "none",
  breaking: 0,
  ...fields
})

/** A window of commits, newest first, each with the paths that it touches. */
export const windowOf = (
  paths: ReadonlyArray<string>,
  history: ReadonlyArray<readonly [touches: ReadonlyArray<string>, fields?: Partial<WindowCommit>]>
): Window => ({
  ...emptyWindow,
  commits: history.map(([, fields], place) => commit(place, fields)),
  touches: history.flatMap(([touches], place) => touches.map((path) => ({ place, path }))),
  paths
})
