import { assert, describe, it } from "@effect/vitest"
import { sha256 } from "../object/Digest.ts"
import { BlobId, RepositoryId } from "../object/Id.ts"
import { ObjectMissing, RangeOutside } from "./ObjectStore.ts"
import { type ImmutableKey, immutablePath } from "./StoreKey.ts"

const repository = RepositoryId.make("00000000-0000-4000-8000-000000000000")
const id = sha256("anything")
const pack: ImmutableKey = { repository, type: "pack", id }
const blob: ImmutableKey = { repository, type: "blob", id: BlobId.make(id) }

describe("a pack and an object in the store", () => {
  it("have keys of their own, even under one id", () => {
    assert.strictEqual(immutablePath(pack), `repositories/${repository}/packs/${id}`)
    assert.strictEqual(immutablePath(blob), `repositories/${repository}/blobs/${id}`)
  })

  it("are called what they are where they are missing or too short", () => {
    assert.strictEqual(new ObjectMissing(pack).message, `pack ${id} is not in the store of repository ${repository}`)
    assert.match(new ObjectMissing(pack).publicMessage, /^the store lacks pack /)
    assert.match(new ObjectMissing(blob).publicMessage, /^the store lacks blob /)
    assert.strictEqual(new RangeOutside({ ...pack, start: 1, end: 9 }).message, `pack ${id} has no bytes 1 to 9`)
  })
})
