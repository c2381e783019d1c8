/**
 * Compares the project's msgpack with the two libraries on the bodies of two pushes. The libraries decode the whole
 * body and keep it; the project's reader returns one record after another from chunks of 64 KiB, as the server uses it.
 * Only "own" and "msgpackr, maps" keep a file called `__proto__`. Run: `node --expose-gc bench/src/msgpack.ts`
 */
import { decode as msgpackDecode, encode as msgpackEncode } from "@msgpack/msgpack"
import { encode } from "@musehub/msgpack/Encoder"
import { decode, Reader } from "@musehub/msgpack/Reader"
import { readPush } from "@musehub/domain/wire/pushBundle"
import { Effect, Result, Stream } from "effect"
import { bench, run, summary } from "mitata"
import { Packr, Unpackr } from "msgpackr"
import { pushBody } from "./pushBodies.ts"

const objects = new Unpackr({ useRecords: false, mapsAsObjects: true })
const maps = new Unpackr({ useRecords: false, mapsAsObjects: false })
const packer = new Packr({ useRecords: false, variableMapSize: true })
const chunkBytes = 64 * 1024

const drop = () => Effect.void

const readStreamed = (body: Uint8Array) => {
  const chunks = Array.from({ length: Math.ceil(body.byteLength / chunkBytes) }, (_, index) =>
    body.subarray(index * chunkBytes, (index + 1) * chunkBytes)
  )
  return Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(Reader.fromStream(Stream.fromIterable(chunks, { chunkSize: 1 })), (reader) =>
        readPush(reader, { commits: drop, snapshots: drop, objects: drop })
      )
    )
  )
}

for (const { commits, files } of [
  { commits: 300, files: 1000 },
  { commits: 10_000, files: 20 }
]) {
  const value = pushBody(commits, files)
  const body = encode(value)
  const decoded = Result.getOrThrow(decode(body))
  const name = `${commits} commits, ${files} files, ${Math.round(body.byteLength / 1e6)} MB`
  summary(() => {
    bench(`decode ${name}: own, streamed`, () => readStreamed(body)).gc("inner")
    bench(`decode ${name}: own, whole`, () => decode(body)).gc("inner")
    bench(`decode ${name}: msgpackr, maps`, () => maps.unpack(body)).gc("inner")
    bench(`decode ${name}: msgpackr, objects`, () => objects.unpack(body)).gc("inner")
    bench(`decode ${name}: @msgpack/msgpack`, () => msgpackDecode(body)).gc("inner")
  })
  summary(() => {
    bench(`encode ${name}: own, maps`, () => encode(decoded)).gc("inner")
    bench(`encode ${name}: own, objects`, () => encode(value)).gc("inner")
    bench(`encode ${name}: msgpackr, maps`, () => packer.pack(decoded)).gc("inner")
    bench(`encode ${name}: msgpackr, objects`, () => packer.pack(value)).gc("inner")
    bench(`encode ${name}: @msgpack/msgpack`, () => msgpackEncode(value)).gc("inner")
  })
}

await run()
