import type { FileDiff } from "./fileDiffs.ts"

/** Returns what changed in a file as programs see it. */
export const fileDiffJson = ({ after, before, hunks, oldPath, ...file }: FileDiff) => ({
  ...file,
  oldPath: oldPath ?? null,
  oldBlobId: before ?? null,
  newBlobId: after ?? null,
  hunks: hunks === null ? null : hunks.map((hunk) => ({ ...hunk }))
})
