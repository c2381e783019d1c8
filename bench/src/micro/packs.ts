/**
 * What a pack costs: bytes of blocks of one type each and of blocks in the order of a clone, at several sizes; writing
 * a pack, opening its directory and reading single objects. Run: `node --expose-gc bench/src/micro/packs.ts`
 */
import { compress } from "@musehub/domain/base/Compression"
import { blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { canonicalPrefix } from "@musehub/domain/object/Frame"
import { checkCommit, commitObject, commitRecord } from "@musehub/domain/object/Commit"
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import { objectIn, openBlock } from "@musehub/domain/pack/packContent"
import type { PackableObject } from "@musehub/domain/pack/PackedObject"
import { readTail } from "@musehub/domain/pack/packTail"
import { PackWriter } from "@musehub/domain/pack/PackWriter"
import { Effect, Option, Result } from "effect"
import { bench, run, summary } from "mitata"
import { generate, shapes } from "../load/GeneratedRepository.ts"

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const packable = ({ content, id, sha256, type }: CanonicalObject) =>
  ({ content, id, sha256, type }) as unknown as PackableObject

/** Returns the objects of a repository in the order of a clone: what a commit brings in, then the commit. */
const objectsOf = (name: "A" | "B"): ReadonlyArray<PackableObject> => {
  const { blobs, commits } = generate(shapes[name])
  return commits.flatMap(({ changes, record, snapshot }) => {
    const commit = Result.getOrThrow(checkCommit(Result.getOrThrow(commitRecord(record as JsonObject))))
    return [
      ...[...changes.values()].map((id) => packable(blobOf(blobs.get(id) ?? new Uint8Array()))),
      packable(snapshotObject(snapshot)),
      packable(Result.getOrThrow(commitObject(commit)))
    ]
  })
}

/** Counts the compressed bytes of the objects in blocks of this much content. */
const compressedBytes = async (objects: ReadonlyArray<PackableObject>, blockBytes: number): Promise<number> => {
  let [bytes, length] = [0, 0]
  let parts: Array<Uint8Array> = []
  const end = async () => {
    bytes += (await Effect.runPromise(compress(Buffer.concat(parts)))).byteLength
    ;[parts, length] = [[], 0]
  }
  for (const { content, type } of objects) {
    if (length + content.byteLength > blockBytes && length > 0) await end()
    parts.push(canonicalPrefix(type, content.byteLength), content)
    length += content.byteLength
  }
  await end()
  return bytes
}

const packOf = (objects: ReadonlyArray<PackableObject>) =>
  Effect.gen(function* () {
    const writer = new PackWriter()
    for (const object of objects) yield* writer.add(object)
    return Option.getOrThrow(yield* writer.finish()).file.content
  })

for (const name of ["A", "B"] as const) {
  const objects = objectsOf(name)
  const content = objects.reduce((sum, object) => sum + object.content.byteLength, 0)
  say(`${name}: ${objects.length} objects, ${content} bytes`)
  for (const blockBytes of [256 * 1024, 1024 * 1024, 4 * 1024 * 1024]) {
    const mixed = await compressedBytes(objects, blockBytes)
    const types = Object.values(Object.groupBy(objects, ({ type }) => type))
    const apart = (await Promise.all(types.map((some) => compressedBytes(some, blockBytes)))).reduce((a, b) => a + b)
    const share = (bytes: number) => (bytes / content).toFixed(4)
    say(`  blocks of ${blockBytes / 1024} KiB: of one type ${share(apart)}, as cloned ${share(mixed)}`)
  }
  const bytes = await Effect.runPromise(packOf(objects))
  say(`  pack: ${bytes.byteLength} bytes, ${(bytes.byteLength / content).toFixed(4)}`)
  const directory = Result.getOrThrow(Result.mapError(readTail(bytes, bytes.byteLength), String))
  const some = objects.filter((_, at) => at % Math.ceil(objects.length / 100) === 0)
  summary(() => {
    bench(`${name}: write the pack`, () => Effect.runPromise(packOf(objects)))
    bench(`${name}: open its directory`, () => readTail(bytes, bytes.byteLength))
    bench(`${name}: find 100 objects`, () => some.map(({ id, type }) => directory.find(type, id)))
    bench(`${name}: read an object`, () => {
      const found = directory.at(directory.size - 1)
      const block = directory.blocks[found.block]
      if (block === undefined) throw new Error("a block is missing")
      const stored = bytes.subarray(block.start, block.start + block.length)
      return Effect.runPromise(Effect.map(openBlock(block, stored), (inBlock) => objectIn(found, inBlock)))
    })
  })
}

await run()
