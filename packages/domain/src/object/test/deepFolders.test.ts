/** A path names a folder for each of its segments but the last, so a few paths can name millions. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { sha256 } from "../Digest.ts"
import { BlobId } from "../Id.ts"
import { snapshotIdOf } from "../Manifest.ts"
import { storedPathRefusal } from "../pathRefusal.ts"
import { SnapshotChecker } from "../Snapshot.ts"

const blob = BlobId.make(sha256("x"))

describe("a snapshot of deep folders", () => {
  it("is refused when its paths name more folders than any real tree, and read if it is stored", () => {
    const deep = new Map(Array.from({ length: 20 }, (_, at) => [`${at}${"/a".repeat(2000)}`, blob]))
    const claim = { id: snapshotIdOf(deep), manifest: deep, createdAt: null }
    const refused = new SnapshotChecker().check(claim)
    assert(Result.isFailure(refused))
    assert.include(refused.failure.message, "too many deep folders")
    assert.isTrue(Result.isSuccess(new SnapshotChecker(storedPathRefusal).check(claim)))
    const wide = new Map(
      Array.from({ length: 20_000 }, (_, at) => [`src/some/ten/folders/deep/in/a/real/tree/${at}/a`, blob])
    )
    assert.isTrue(Result.isSuccess(new SnapshotChecker().check({ ...claim, manifest: wide, id: snapshotIdOf(wide) })))
  })
})
