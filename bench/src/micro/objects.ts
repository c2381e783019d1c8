/**
 * What the codecs of commits and snapshots cost: deriving ids, encoding and decoding canonical bytes, and turning a
 * stored snapshot into its piece of a fetch answer. Run: `node --expose-gc bench/src/micro/objects.ts`
 */
import {
  checkCommit,
  commitIdOf,
  commitObject,
  commitRecord,
  decodeCommit,
  openingCommit
} from "@musehub/domain/object/Commit"
import { atOnce } from "@musehub/domain/base/Slices"
import { blobOf } from "@musehub/domain/object/Blob"
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { decodeSnapshot, openSnapshot, snapshotObject, snapshotRecord } from "@musehub/domain/object/Snapshot"
import { encode } from "@musehub/msgpack/Encoder"
import { snapshotElement } from "@musehub/domain/wire/snapshotElement"
import { Result } from "effect"
import { bench, run, summary } from "mitata"
import { generate, shapes } from "../load/GeneratedRepository.ts"
import { randomBytes } from "../load/Random.ts"

const bytesOf = (content: unknown): Uint8Array => {
  if (content instanceof Uint8Array) return content
  throw new Error("expected an object in memory")
}

for (const { files, name } of [
  { files: 20, name: "20 files" },
  { files: 1000, name: "1,000 files" }
]) {
  const { commits } = generate({ ...shapes.A, files, commits: 2 })
  const last = commits.at(-1)
  if (last === undefined) throw new Error("a repository needs a commit")
  const { record, snapshot } = last
  const stored = bytesOf(snapshotObject(snapshot).content)
  summary(() => {
    bench(`snapshot of ${name}: id`, () => snapshotIdOf(snapshot.manifest))
    bench(`snapshot of ${name}: encode`, () => snapshotObject(snapshot))
    bench(`snapshot of ${name}: decode, every check`, () => decodeSnapshot(stored))
    bench(`snapshot of ${name}: open, for use`, () => openSnapshot(stored))
    bench(`snapshot of ${name}: to msgpack, decoded`, () =>
      encode(snapshotRecord(Result.getOrThrow(openSnapshot(stored)))))
    bench(`snapshot of ${name}: to msgpack, directly`, () => snapshotElement(stored, snapshot.id))
  })
  if (files !== 20) continue
  const fields = record as JsonObject
  const commit = Result.getOrThrow(checkCommit(Result.getOrThrow(commitRecord(fields))))
  const commitBytes = bytesOf(Result.getOrThrow(commitObject(commit)).content)
  const { committed_at: committedAt, message } = commit.record
  summary(() => {
    bench("commit: id", () =>
      commitIdOf({ parents: commit.parents, snapshotId: commit.snapshotId, message, committedAt }))
    bench("commit: shape and id of a claim", () => Result.flatMap(commitRecord(fields), checkCommit))
    bench("commit: encode", () => commitObject(commit))
    bench("commit: decode, every check", () => decodeCommit(commitBytes))
    bench("commit: open, for use", () => atOnce(openingCommit(commitBytes)))
  })
}

for (const size of [4 * 1024, 1024 * 1024]) {
  const content = randomBytes(1, size)
  bench(`blob of ${size / 1024} KiB: id`, () => blobOf(content))
}

await run()
