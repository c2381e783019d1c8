/**
 * Answers that damage cuts short: the log says at once which object of which repository could not be read, and a client
 * of mpack learns it from the stream. On real files, with objects whose bytes are flipped, cut off or gone.
 */
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { clone } from "@musehub/client/operation/clone"
import { elementAt } from "@musehub/domain/base/expected"
import { type ObjectName, Packs } from "@musehub/domain/invariant/packs/Packs"
import { packName } from "@musehub/domain/invariant/packs/PackReads"
import { Roots } from "@musehub/domain/invariant/Roots"
import { BlobId, CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { bytesOf } from "@musehub/contract/StoreSamples"
import { Context, Effect, Layer, Logger } from "effect"
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { atOnce, oneTry, temporaryFolder, urlOf } from "../../client/support.ts"
import { injecting, type Rule, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { send } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { mergeAll } from "../muse/mergeAll.ts"
import { createRepository, refs, type Target } from "../muse/MuseClient.ts"
import { textOf, toJson } from "../muse/Value.ts"

const large = bytesOf(3_000_000, 7)
const small = (step: number) => `small ${step}\n`
const steps = 8
/** More blocks than a pack of one step has. */
const blocksMax = 8

const readRoot = (repository: RepositoryId) => Effect.flatMap(Roots, (roots) => roots.read(repository))

/** A hub on files with a history of small objects, each step in packs of its own, and one large blob in the middle. */
const stage = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(FilesystemObjectStore.layer(folder), MemoryIndex.layer)))
  let faults = scripted([])
  const spoilt = interposed(
    Context.get(storage, ObjectStore),
    injecting((storeCall) => faults(storeCall))
  )
  const logged: Array<string> = []
  const pushed = yield* startHub(storage)
  const token = yield* tokenFor(pushed, "ada")
  const to = yield* createRepository(pushed.url, token, "ada/songs")
  const local = growing()
  const files: Record<string, Uint8Array | string> = {}
  const tips: Array<string> = []
  for (let step = 0; step < steps; step++) {
    files[`f${step}`] = small(step)
    if (step === 4) files["large"] = large
    tips.push(commitTo(local, "main", files))
    yield* pushAll(to, local)
  }
  // Another process: the one that took the pushes still has their bytes in memory.
  const hub = yield* startHub(Context.add(storage, ObjectStore, spoilt), [
    Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))
  ])
  const target: Target = { ...to, url: hub.url }
  const repository = RepositoryId.make((yield* refs(target)).id)
  const tip = tips[steps - 1] ?? ""
  const snapshot = textOf(local.commits.get(tip) ?? new Map(), "snapshot_id")
  const packs = Context.get(hub.services, Packs)
  const fileOf = (type: "blob" | "pack", id: string) => join(folder, "repositories", repository, `${type}s`, id)
  /** Finds the stored bytes of an object: a whole file, or a block of a pack. */
  const placeOf = Effect.fnUntraced(function* (name: ObjectName) {
    const [place] = yield* packs.find(repository, [name])
    if (place === undefined) return { file: fileOf("blob", name.id), start: 0, length: large.byteLength }
    const { length, start } = elementAt(place.pack.directory.blocks, place.object.block)
    return { file: fileOf("pack", place.pack.ref.sha256), start, length }
  })
  /** Forgets what the hub found damaged, as it does after a minute. */
  const forgetDamage = Effect.gen(function* () {
    const { value: root } = yield* Effect.provideContext(readRoot(repository), hub.services)
    for (const { sha256 } of root.packs) packs.damage.forget(packName(repository, sha256), blocksMax)
  }).pipe(Effect.orDie)
  const script = (rules: ReadonlyArray<Rule>) => {
    faults = scripted(rules)
  }
  logged.length = 0
  return { hub, target, repository, logged, script, fileOf, forgetDamage, placeOf, tip, tips, snapshot }
})

/** Where stored bytes are. */
interface Place {
  readonly file: string
  readonly start: number
  readonly length: number
}

const flipped = ({ file, length, start }: Place) => {
  const bytes = readFileSync(file)
  const middle = start + Math.floor(length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

const damages = [
  ["with a flipped byte", flipped, /damaged/],
  ["that is cut off", ({ file, start }: Place) => truncateSync(file, start + 3), /damaged/],
  ["that is gone", ({ file }: Place) => rmSync(file), /missing/]
] as const

type Staged = Effect.Success<typeof stage>

/** Every kind of object, at the beginning, in the middle and at the end of the stream. */
const victims: ReadonlyArray<readonly [what: string, victim: (staged: Staged) => ObjectName]> = [
  ["the first blob", () => ({ type: "blob", id: BlobId.make(blobId(small(0))) })],
  ["a blob in the middle", () => ({ type: "blob", id: BlobId.make(blobId(small(3))) })],
  ["a large blob", () => ({ type: "blob", id: BlobId.make(blobId(large)) })],
  ["the last snapshot", ({ snapshot }) => ({ type: "snapshot", id: SnapshotId.make(snapshot) })],
  ["the first commit", ({ tips }) => ({ type: "commit", id: CommitId.make(tips[0] ?? "") })],
  ["the last commit", ({ tip }) => ({ type: "commit", id: CommitId.make(tip) })]
]

/** Returns the one line of the log about an answer, which must name the object, its repository and the request. */
const lineAbout = ({ logged, repository }: Staged, path: string, type: string, id: string) => {
  const lines = logged.filter((line) => line.includes("ends early"))
  assert.lengthOf(lines, 1, logged.join("\n"))
  const [line = ""] = lines
  for (const part of [path, `${type} ${id} of ada/songs`, repository]) assert.include(line, part)
  const [, requestId = ""] = /request ([0-9a-f-]{36})/.exec(line) ?? []
  assert.include(line, `requestId=${requestId}`)
  logged.length = 0
  return requestId
}

describe("a clone that damage cuts", () => {
  for (const [what, victim] of victims) {
    it.live(`at ${what} says so in the log, and to a client of mpack in the stream`, () =>
      Effect.gen(function* () {
        const staged = yield* stage
        const { id, type } = victim(staged)
        const place = yield* staged.placeOf(victim(staged))
        const whole = readFileSync(place.file)
        const directory = join(yield* temporaryFolder, "clone")
        for (const [, damage, why] of damages) {
          damage(place)
          const broken = yield* Effect.flip(oneTry(clone({ url: urlOf(staged.target), directory })))
          const requestId = lineAbout(staged, "POST /ada/songs/fetch", type, id)
          assert.strictEqual(broken._tag, "RemoteBrokeOff", broken.message)
          assert.match(broken.message, why)
          assert.match(
            broken.message,
            new RegExp(
              `^the hub could not read object ${type} ${id}: .* \\(its request ${requestId}\\); ` +
                "what arrived so far is kept, try again later$"
            )
          )
          for (const inner of ["repositories/", "blobs/", "packs/", staged.repository])
            assert.notInclude(broken.message, inner)
          writeFileSync(place.file, whole)
          yield* staged.forgetDamage
        }
        const finished = yield* oneTry(clone({ url: urlOf(staged.target), directory }))
        assert.isTrue(finished.resumed)
        assert.deepStrictEqual(readFileSync(join(directory, "large")), Buffer.from(large))
        assert.isEmpty(staged.logged)
      })
    )
  }

  it.live("keeps all that comes before the damaged object", () =>
    Effect.gen(function* () {
      const { placeOf, target, tip } = yield* stage
      flipped(yield* placeOf({ type: "commit", id: CommitId.make(tip) }))
      const directory = join(yield* temporaryFolder, "clone")
      const seen: Array<number> = []
      const onProgress = ({ objects }: { readonly objects: number }) => void seen.push(objects)
      yield* Effect.flip(oneTry(clone({ url: urlOf(target), directory, onProgress })))
      // A blob, a snapshot and a commit for each step, and the large blob, but not the last commit.
      assert.strictEqual(seen.at(-1), 3 * steps + 1 - 1)
    })
  )

  it.live("does the same where the objects around the damaged one come from one merged pack", () =>
    Effect.gen(function* () {
      const staged = yield* stage
      const { hub, repository, target } = staged
      assert.isAtLeast(yield* Effect.provideContext(mergeAll(repository), hub.services), 2 * steps)
      const id = blobId(large)
      rmSync(staged.fileOf("blob", id))
      const directory = join(yield* temporaryFolder, "clone")
      const broken = yield* Effect.flip(oneTry(clone({ url: urlOf(target), directory })))
      assert.include(broken.message, `could not read object blob ${id}`)
      lineAbout(staged, "/ada/songs/fetch", "blob", id)
    })
  )

  it.live("is repeated at once by the client where the fault may pass", () =>
    Effect.gen(function* () {
      const { logged, script, target } = yield* stage
      const path = new RegExp(blobId(large))
      script([{ operation: "stream", path, nth: 1, fault: { failBefore: true } }])
      const directory = join(yield* temporaryFolder, "clone")
      yield* atOnce(clone({ url: urlOf(target), directory }))
      assert.deepStrictEqual(readFileSync(join(directory, "large")), Buffer.from(large))
      assert.lengthOf(logged, 1)
      assert.match(logged[0] ?? "", /blob [0-9a-f]{64} of ada\/songs/)
    })
  )

  for (const accept of ["application/x-msgpack", "application/json"]) {
    for (const [what, victim] of victims) {
      it.live(`at ${what} cuts ${accept} off, since it cannot say that it is not whole; the log says it`, () =>
        Effect.gen(function* () {
          const staged = yield* stage
          const { id, type } = victim(staged)
          const place = yield* staged.placeOf(victim(staged))
          const whole = readFileSync(place.file)
          for (const [, damage] of damages) {
            damage(place)
            const body = new TextEncoder().encode(toJson({ want: [staged.tip], have: [] }))
            const headers = [
              ["Host", new URL(staged.target.url).host],
              ["Accept", accept],
              ["Content-Type", "application/json"],
              ["Content-Length", `${body.byteLength}`]
            ] as const
            yield* Effect.flip(send({ method: "POST", url: `${urlOf(staged.target)}/fetch`, headers, body }))
            lineAbout(staged, "POST /ada/songs/fetch", type, id)
            writeFileSync(place.file, whole)
            yield* staged.forgetDamage
          }
        })
      )
    }
  }
})

describe("the download of a damaged object", () => {
  it.live("that ends early is logged, from the wire and as a file of the REST API", () =>
    Effect.gen(function* () {
      const staged = yield* stage
      const { placeOf, target, tip } = staged
      const id = BlobId.make(blobId(large))
      flipped(yield* placeOf({ type: "blob", id }))
      const headers = [["Host", new URL(target.url).host]] as const
      for (const path of [`/ada/songs/objects/blob/${id}`, `/api/v1/repos/ada/songs/raw?ref=${tip}&path=large`]) {
        yield* Effect.flip(send({ method: "GET", url: `${target.url}${path}`, headers }))
        const [logged = ""] = path.split("?")
        lineAbout(staged, `GET ${logged}`, "blob", id)
      }
    })
  )

  it.live("that the client leaves is not logged", () =>
    Effect.gen(function* () {
      const { logged, target } = yield* stage
      const answer = yield* Effect.promise(() => fetch(`${urlOf(target)}/objects/blob/${blobId(large)}`))
      yield* Effect.promise(async () => answer.body?.cancel())
      yield* Effect.sleep("200 millis")
      assert.isEmpty(logged)
    })
  )
})
