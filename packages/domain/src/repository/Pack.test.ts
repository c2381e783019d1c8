/** Tests that the directory of a pack survives encoding and decoding, and that other bytes are refused. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { sha256 } from "../object/Digest.ts"
import { BlobId, CommitId, ObjectType, SnapshotId } from "../object/Id.ts"
import { decodeDirectory, encodeDirectory, type PackEntry } from "./Pack.ts"

const id = sha256("an object")
const entries: ReadonlyArray<PackEntry> = [
  { type: "blob", id: BlobId.make(id), size: 0 },
  { type: "snapshot", id: SnapshotId.make("0".repeat(64)), size: 1 },
  { type: "commit", id: CommitId.make("f".repeat(64)), size: 2 ** 32 - 1 }
]

const Fields = Schema.Array(
  Schema.Struct({
    type: ObjectType,
    seed: Schema.String,
    size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))
  })
)

const refusalOf = (bytes: Uint8Array): string =>
  Result.match(decodeDirectory(bytes), {
    onFailure: ({ message }) => message,
    onSuccess: (read) => assert.fail(`${read.length} entries were read`)
  })

describe("the directory of a pack", () => {
  it("has for each entry its type, id and size in 37 bytes", () => {
    assert.strictEqual(
      Buffer.from(encodeDirectory(entries)).toString("hex"),
      [`00${id}00000000`, `01${"0".repeat(64)}00000001`, `02${"f".repeat(64)}ffffffff`].join("")
    )
  })

  it.prop("decode(encode(entries)) = entries", { fields: Fields }, ({ fields }) => {
    const any = fields.map(({ seed, size, type }) => {
      const of: string = sha256(seed)
      return { type, id: of, size } as PackEntry
    })
    const bytes = encodeDirectory(any)
    assert.strictEqual(bytes.byteLength, any.length * 37)
    assert.deepStrictEqual(Result.getOrThrow(decodeDirectory(bytes)), any)
  })

  it("is read from a larger buffer", () => {
    const bytes = encodeDirectory(entries)
    const around = new Uint8Array(bytes.byteLength + 10).fill(0xff)
    around.set(bytes, 5)
    const read = decodeDirectory(around.subarray(5, 5 + bytes.byteLength))
    assert.deepStrictEqual(Result.getOrThrow(read), entries)
  })

  it("is refused where bytes are lacking or left over", () => {
    const bytes = encodeDirectory(entries)
    for (let length = 0; length < bytes.byteLength; length++) {
      if (length % 37 === 0) assert.lengthOf(Result.getOrThrow(decodeDirectory(bytes.subarray(0, length))), length / 37)
      else assert.include(refusalOf(bytes.subarray(0, length)), `${length} bytes are not a whole number of entries`)
    }
    assert.include(refusalOf(Buffer.concat([bytes, Buffer.of(0)])), "112 bytes are not a whole number of entries")
  })

  it("is refused with a type that there is not, in whichever entry", () => {
    for (const place of entries.keys()) {
      for (const code of [3, 255]) {
        const bytes = encodeDirectory(entries)
        bytes[place * 37] = code
        assert.include(refusalOf(bytes), `there is no type ${code}`)
      }
    }
  })
})
