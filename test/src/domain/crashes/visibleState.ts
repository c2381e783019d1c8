/** What the readers of a repository see at a hub. */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import type { CommitRecord } from "@musehub/domain/object/Commit"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import { type CommitId, type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import { Packs } from "@musehub/domain/invariant/packs/Packs"
import type { FullName } from "@musehub/domain/repository/Names"
import { type OpenRepository, openRepository } from "@musehub/domain/usecase/access/openRepository"
import { fetchHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { fetchMpack } from "@musehub/domain/usecase/fetch/fetchMpack"
import { readObject } from "@musehub/domain/usecase/fetch/readObject"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { holdsNothing } from "@musehub/domain/wire/mpack/History"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import type { WantHave } from "@musehub/domain/wire/requests"
import { Context, Effect, Stream } from "effect"
import { ada, at, type Step, type TestHub } from "../support/hubSamples.ts"
import { brief } from "../support/proposalSamples.ts"
import { entriesOf } from "../../support/shortRefs.ts"

/** The objects of a clone: commits as they are, and of the others the hash of their bytes. */
export interface Cloned {
  readonly commit: { readonly [id: string]: CommitRecord }
  readonly snapshot: { readonly [id: string]: string }
  readonly blob: { readonly [id: string]: string }
}

const hashed = <E, R>(content: Uint8Array | Stream.Stream<Uint8Array, E, R>) =>
  content instanceof Uint8Array
    ? Effect.succeed(sha256(content))
    : Effect.map(Stream.mkUint8Array(content), (bytes) => sha256(bytes))

const nothing = (): { [T in keyof Cloned]: Record<string, Cloned[T][string]> } => ({
  commit: {},
  snapshot: {},
  blob: {}
})

/** Clones as an mpack stream, which is checked strictly: each object comes after all that it needs. */
const clonedAsMpack = Effect.fnUntraced(function* (open: OpenRepository, wanted: WantHave) {
  const { objects } = yield* readMpack(yield* fetchMpack(open, wanted), { holds: holdsNothing })
  const cloned = nothing()
  yield* Stream.runForEach(
    objects,
    Effect.fnUntraced(function* (object) {
      if (object.type === "commit") cloned.commit[object.id] = object.commit.record
      else if (object.type === "snapshot") cloned.snapshot[object.id] = sha256(object.bytes)
      else cloned.blob[object.id] = yield* hashed(object.content)
    })
  )
  return cloned
}, Effect.scoped)

/** Clones in dictionaries. */
const clonedInDictionaries = Effect.fnUntraced(function* (open: OpenRepository, wanted: WantHave) {
  const history = yield* fetchHistory(open, wanted)
  const cloned = nothing()
  yield* Stream.runForEach(history.commits, (record) =>
    Effect.sync(() => void (cloned.commit[record.commit_id] = record))
  )
  yield* Stream.runForEach(history.snapshots, ({ bytes, id }) =>
    Effect.sync(() => void (cloned.snapshot[id] = sha256(bytes)))
  )
  yield* Stream.runForEach(history.wholeBlobs, ({ content, id }) =>
    Effect.sync(() => void (cloned.blob[id] = sha256(content)))
  )
  yield* Stream.runForEach(history.streamedBlobs, ({ content, id }) =>
    Effect.map(hashed(content), (hash) => void (cloned.blob[id] = hash))
  )
  return cloned
}, Effect.scoped)

/** What a clone of these steps holds. */
export const clonedSteps = (steps: ReadonlyArray<Step>): Cloned => ({
  commit: Object.fromEntries(steps.map(({ commit }) => [commit.id, commit.record])),
  snapshot: Object.fromEntries(steps.map(({ snapshot }) => [snapshot.id, snapshotObject(snapshot).sha256])),
  blob: Object.fromEntries(steps.flatMap(({ blobs }) => blobs.map(({ id }) => [id, id])))
})

/** What readers see of a repository. */
export interface VisibleState {
  readonly id: RepositoryId
  readonly heads: { readonly [branch: string]: string }
  readonly cloned: Cloned
  /** As lists show them. */
  readonly proposals: ReadonlyArray<string>
  /** The number of packs that the root names. */
  readonly packs: number
}

/** Asserts that nothing shows an object that is in no pack which the root names. */
const assertUnnamedUnseen = Effect.fnUntraced(function* (hub: TestHub, open: OpenRepository) {
  const packs = Context.get(hub.services, Packs)
  const named = yield* packs.namedBy(open.root.value)
  const look = yield* packs.lookIn(open.id, named)
  const { items } = yield* hub.store.list(open.id, "pack", { limit: 1000 })
  const unnamed = items.filter(({ id }) => !named.some(({ sha256: known }) => known === id))
  for (const { id, size } of unnamed) {
    const { directory } = yield* packs.open(open.id, { sha256: Sha256.make(id), size, objects: 0 })
    for (const { id: object, type } of [...directory].filter((name) => look(name) === undefined)) {
      const unknown = yield* Effect.flip(at(hub)(readObject(open, type, object)))
      assert.strictEqual(unknown._tag, "ObjectUnknown")
      if (type !== "commit") continue
      const wanted = { want: [object as CommitId], have: [], haveBlobs: [] }
      const refused = yield* Effect.flip(Effect.scoped(at(hub)(fetchMpack(open, wanted))))
      assert.strictEqual(refused._tag, "WantUnknown")
    }
  }
})

/** The forms in which a clone is sent. */
const cloning = { mpack: clonedAsMpack, dictionaries: clonedInDictionaries }

/** Reads what a hub shows. Returns undefined if there is no such repository. */
export const visibleState = Effect.fnUntraced(function* (
  hub: TestHub,
  { owner, slug }: FullName,
  form: keyof typeof cloning = "mpack"
) {
  const open = yield* at(hub)(openRepository(owner, slug, ada, "read")).pipe(
    Effect.catchTag("RepositoryUnknown", () => Effect.undefined)
  )
  if (open === undefined) return undefined
  const heads = entriesOf(open.root.value.heads)
  const wanted = { want: [...new Set(heads.map(([, head]) => head))], have: [], haveBlobs: [] }
  const cloned = yield* at(hub)(cloning[form](open, wanted))
  yield* assertUnnamedUnseen(hub, open)
  const proposals = (yield* at(hub)(listProposals(open, {}, { limit: 100 }))).items.map(brief)
  const state: VisibleState = {
    id: open.id,
    heads: Object.fromEntries(heads),
    cloned,
    proposals,
    packs: open.root.value.packs.length
  }
  return state
})
