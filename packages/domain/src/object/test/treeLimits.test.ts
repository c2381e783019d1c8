/** Trees at their limits and one beyond. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { atOnce } from "../../base/Slices.ts"
import { sha256 } from "../Digest.ts"
import { frameText } from "../Frame.ts"
import { BlobId } from "../Id.ts"
import {
  filesMax,
  findingExcess,
  foldersMax,
  type Manifest,
  manifestBytesMax,
  snapshotIdOf,
  tooManyFiles,
  tooManyFolders
} from "../Manifest.ts"
import { storedPathRefusal } from "../pathRefusal.ts"
import { decodeSnapshot, SnapshotChecker } from "../Snapshot.ts"

const blob = BlobId.make(sha256("x"))

const treeOf = (files: number, path: (file: number) => string): Manifest =>
  new Map(Array.from({ length: files }, (_, file) => [path(file), blob]))

const excessOf = (manifest: Manifest) => atOnce(findingExcess(manifest))

const claimOf = (manifest: Manifest) => ({ id: snapshotIdOf(manifest), manifest, createdAt: null })

const reasonOf = (result: Result.Result<unknown, { readonly message: string }>): string => {
  assert(Result.isFailure(result))
  return result.failure.message
}

describe("a tree", () => {
  it("of as many files as it may have is made, and one more is refused", () => {
    const most = treeOf(filesMax, String)
    const more = new Map(most).set("one more", blob)
    assert.isUndefined(excessOf(most))
    assert.strictEqual(excessOf(more), tooManyFiles)
    assert.include(reasonOf(new SnapshotChecker().check({ id: "", manifest: more, createdAt: null })), tooManyFiles)
    const entries = [...more.keys()].toSorted().map((path) => `"${path}":"${blob}"`)
    const text = `{"created_at":null,"manifest":{${entries.join(",")}},"snapshot_id":""}`
    assert.include(reasonOf(decodeSnapshot(frameText("snapshot", text))), tooManyFiles)
  })

  it("of as many folders as it may have is made and checked, and one more is refused", () => {
    const most = treeOf(foldersMax, (file) => `${file}/a`)
    const more = new Map(most).set("more/a", blob)
    assert.isUndefined(excessOf(most))
    assert.strictEqual(excessOf(more), tooManyFolders)
    const checker = new SnapshotChecker()
    assert.isTrue(Result.isSuccess(checker.check(claimOf(most))))
    assert.isTrue(Result.isSuccess(checker.check(claimOf(most))), "folders that are known are not counted again")
    assert.include(reasonOf(new SnapshotChecker().check(claimOf(more))), tooManyFolders)
  })

  it("of folders that are longer together than those of any real tree is refused, and read if it is stored", () => {
    const deep = treeOf(20, (file) => `${file}${"/a".repeat(2000)}`)
    assert.strictEqual(excessOf(deep), tooManyFolders)
    assert.include(reasonOf(new SnapshotChecker().check(claimOf(deep))), tooManyFolders)
    assert.isTrue(Result.isSuccess(new SnapshotChecker(storedPathRefusal).check(claimOf(deep))))
    const wide = treeOf(20_000, (file) => `src/some/ten/folders/deep/in/a/real/tree/${file}/a`)
    assert.isTrue(Result.isSuccess(new SnapshotChecker().check(claimOf(wide))))
  })

  it("of as many bytes as a client can receive is made, and one more is refused", () => {
    const around = '"":"",'.length + blob.length
    const ofBytes = (bytes: number) => treeOf(1, () => "é".padEnd(bytes - around - 1, "a"))
    assert.isUndefined(excessOf(ofBytes(manifestBytesMax)))
    assert.match(String(excessOf(ofBytes(manifestBytesMax + 1))), /larger than a client can receive/)
  })
})
