/**
 * Every place that makes history, on every adapter: afterwards the store has each new commit and snapshot as canonical
 * bytes under the right id, the index agrees, and an index that is lost is rebuilt to the same state.
 */
import { wholeIndexOf } from "@musehub/contract/wholeIndex"
import { assert, describe, it } from "@effect/vitest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { readBlob } from "@musehub/domain/invariant/ObjectReader"
import { layer as memoryIndexLayer } from "@musehub/adapter-memory/MemoryIndex"
import { type Commit, decodeCommit } from "@musehub/domain/object/Commit"
import type { CommitId } from "@musehub/domain/object/Id"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Discourse, type MergeStrategy, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { RepositoryName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { syncPush } from "@musehub/domain/usecase/sync/syncPush"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Context, Effect, Layer, Result, type Scope } from "effect"
import { createHash } from "node:crypto"
import { temporaryFolder } from "../../client/support.ts"
import {
  ada,
  at,
  clone,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  storedBytesOf,
  storedIds,
  type TestHub
} from "../../domain/support/hubSamples.ts"
import { freshDatabase } from "../../services/PostgresServer.ts"
import { acquirePostgres } from "../../services/services.ts"
import { audit } from "../muse/audit.ts"
import { type Backend, describeBackends, freshStorage } from "../hub/backends.ts"
import { mergeAll } from "../muse/mergeAll.ts"
import { mpackOf } from "../muse/mpackOf.ts"
import { scanEncodings } from "../../support/encodings.ts"
import { entriesOf } from "../../support/shortRefs.ts"

interface Arena {
  readonly hub: TestHub
  readonly repository: Repository
}

const song = { "song.txt": "one\ntwo\nthree\n", "cover.bin": "\u0000" }
const first = step("first", song)
const ours = step("ours", { ...song, "song.txt": "ONE\ntwo\nthree\n" }, [first])
const theirs = step("theirs", { ...song, "song.txt": "one\ntwo\nTHREE\n", "new.txt": "new\n" }, [first], {
  branch: "topic"
})
const more = step("more", { ...song, "song.txt": "one\ntwo\nTHREE\nfour\n", "new.txt": "new\n" }, [theirs], {
  branch: "topic"
})
const merged = "ONE\ntwo\nTHREE\nfour\n"

/** A place that makes history: what it does, and the commits that it made. */
type Site = (arena: Arena) => Effect.Effect<ReadonlyArray<CommitId>, unknown, Scope.Scope>

/** `main` and `topic` diverged from one commit. */
const diverge = Effect.fnUntraced(function* ({ hub, repository }: Arena) {
  yield* pushSteps(hub, repository, "main", [first, ours])
  yield* pushSteps(hub, repository, "topic", [theirs, more])
})

const mergeBy =
  (strategy: MergeStrategy): Site =>
  (arena) =>
    Effect.gen(function* () {
      const { hub, repository } = arena
      if (strategy === "fast_forward_only") {
        yield* pushSteps(hub, repository, "main", [first])
        yield* pushSteps(hub, repository, "topic", [theirs, more])
      } else yield* diverge(arena)
      const { number } = yield* at(hub)(
        openProposal(yield* openedFor(hub, repository, ada, "participate"), {
          title: ProposalTitle.make("Louder"),
          body: Discourse.make(""),
          from: "topic",
          to: "main"
        })
      )
      const answer = yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy }))
      const { commit, text } = yield* songAt(arena, answer.mergeCommitId)
      assert.strictEqual(text, strategy === "fast_forward_only" ? "one\ntwo\nTHREE\nfour\n" : merged)
      assert.strictEqual(commit.snapshotId, answer.snapshotId)
      assert.strictEqual((yield* headsOf(hub, repository))["main"], answer.mergeCommitId)
      const count = { merge_commit: 1, squash: 1, rebase: 2, fast_forward_only: 0 }
      assert.lengthOf(answer.commits, count[strategy])
      return [answer.mergeCommitId, ...answer.commits]
    })

const songAt = Effect.fnUntraced(function* ({ hub, repository }: Arena, id: CommitId) {
  const { commit, snapshot } = yield* stored(hub, repository, id)
  const blob = snapshot.manifest.get("song.txt")
  assert.isDefined(blob)
  const bytes = blob === undefined ? new Uint8Array() : yield* at(hub)(readBlob(repository.id, blob))
  return { commit, text: new TextDecoder().decode(bytes) }
})

/** Reads a commit and its snapshot from the packs that the stored root names, and decodes them strictly. */
const stored = Effect.fnUntraced(function* ({ store }: TestHub, { id: repository }: Repository, id: CommitId) {
  const commit = Result.getOrThrow(decodeCommit(yield* storedBytesOf(store, repository, { type: "commit", id })))
  const named = { type: "snapshot", id: commit.snapshotId } as const
  const snapshot = Result.getOrThrow(decodeSnapshot(yield* storedBytesOf(store, repository, named)))
  return { commit, snapshot }
})

/** Derives the ids as the client does (docs/wire.md, section 1), implemented once more. */
const hashOf = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex")
const clientsCommitId = ({ record }: Commit) => {
  const parents = [record.parent_commit_id, record.parent2_commit_id].filter((id) => id !== null)
  return hashOf([parents.toSorted().join("\0"), record.snapshot_id, record.message, record.committed_at].join("\0"))
}
const clientsSnapshotId = (manifest: ReadonlyMap<string, string>) =>
  hashOf(
    [...manifest]
      .map(([path, blob]) => Buffer.from(`${path}\0${blob}`))
      .toSorted(Buffer.compare)
      .join("\0")
  )

const sites: { readonly [name: string]: Site } = {
  "the initialization of a repository": ({ hub }) =>
    Effect.gen(function* () {
      const repository = yield* newRepository(hub, "initialized", { initialize: true })
      const head = (yield* headsOf(hub, repository))["main"]
      assert.isDefined(head)
      yield* assertKept({ hub, repository }, head === undefined ? [] : [head])
      return []
    }),
  "a fork": ({ hub, repository }) =>
    Effect.gen(function* () {
      yield* pushSteps(hub, repository, "main", [first, ours])
      const source = yield* openedFor(hub, repository, ada, "read")
      const fork = yield* at(hub)(forkRepository(source, { name: RepositoryName.make("fork") }))
      yield* assertKept({ hub, repository: fork }, [first.commit.id, ours.commit.id])
      return [first.commit.id, ours.commit.id]
    }),
  "a push in the dictionary form": ({ hub, repository }) =>
    Effect.gen(function* () {
      yield* pushSteps(hub, repository, "main", [first, ours])
      return [first.commit.id, ours.commit.id]
    }),
  "a forced push": ({ hub, repository }) =>
    Effect.gen(function* () {
      yield* pushSteps(hub, repository, "main", [first, ours])
      yield* pushSteps(hub, repository, "main", [theirs], { force: true })
      return [first.commit.id, ours.commit.id, theirs.commit.id]
    }),
  "a push as an mpack stream": ({ hub, repository }) =>
    Effect.gen(function* () {
      const { header, objects } = mpackOf(repository.id, [first, ours], {
        branch: "main",
        expect: null,
        force: false,
        head: ours.commit.id
      })
      yield* at(hub)(pushMpack(yield* opened(hub, repository), writeMpack(header, objects)))
      return [first.commit.id, ours.commit.id]
    }),
  "a JSON sync": ({ hub, repository }) =>
    Effect.gen(function* () {
      yield* at(hub)(
        syncPush(yield* opened(hub, repository), {
          branch: "main",
          headCommitId: ours.commit.id,
          expect: null,
          commits: [first, ours].map(({ commit: { id, parents, record } }) => ({
            commitId: id,
            parentIds: parents,
            message: record.message,
            snapshotId: record.snapshot_id,
            timestamp: record.committed_at,
            author: record.author
          })),
          snapshots: [first, ours].map(({ snapshot }) => snapshot),
          objects: [first, ours].flatMap(({ blobs }) => blobs),
          force: false
        })
      )
      return [first.commit.id, ours.commit.id]
    }),
  "a commit of files": ({ hub, repository }) =>
    Effect.gen(function* () {
      const content = (text: string) => new TextEncoder().encode(text)
      const begun = yield* at(hub)(
        commitFiles(yield* opened(hub, repository), {
          branch: "main",
          expect: null,
          message: "begin",
          changes: [
            { op: "put", path: "song.txt", content: content("one\n") },
            { op: "put", path: "old.txt", content: content("old\n") }
          ]
        })
      )
      const next = yield* at(hub)(
        commitFiles(yield* opened(hub, repository), {
          branch: "main",
          expect: begun.commitId,
          message: "go on",
          changes: [
            { op: "move", from: "song.txt", to: "songs/one.txt" },
            { op: "delete", path: "old.txt" },
            { op: "put", path: "empty.txt", content: content("") }
          ]
        })
      )
      const branched = yield* at(hub)(
        commitFiles(yield* opened(hub, repository), {
          branch: "topic",
          from: "main",
          message: "elsewhere",
          changes: [{ op: "put", path: "b.txt", content: content("b") }]
        })
      )
      return [begun.commitId, next.commitId, branched.commitId]
    }),
  "a merge by a merge commit": mergeBy("merge_commit"),
  "a merge by squashing": mergeBy("squash"),
  "a merge by rebasing": mergeBy("rebase"),
  "a merge by fast-forward": mergeBy("fast_forward_only"),
  "the restoring of a branch": ({ hub, repository }) =>
    Effect.gen(function* () {
      yield* pushSteps(hub, repository, "main", [first, ours])
      yield* pushSteps(hub, repository, "main", [theirs], { force: true })
      yield* at(hub)(restoreBranch(yield* opened(hub, repository), "main", { commit: ours.commit.id }))
      assert.strictEqual((yield* headsOf(hub, repository))["main"], ours.commit.id)
      return [ours.commit.id]
    })
}

/** Asserts the invariant after a site was used. */
const assertKept = Effect.fnUntraced(function* (arena: Arena, made: ReadonlyArray<CommitId>) {
  const { hub, repository } = arena
  const audited = yield* at(hub)(audit(repository.id))
  for (const id of made) {
    const { commit, snapshot } = yield* stored(hub, repository, id)
    assert.strictEqual<string>(clientsCommitId(commit), id)
    assert.strictEqual<string>(clientsSnapshotId(snapshot.manifest), commit.snapshotId)
    assert.isTrue(audited.commits.has(id))
  }
  const heads = [...new Map(entriesOf(audited.root.heads)).values()]
  const before = yield* clone(hub, repository, heads)
  const sameFrom = Effect.fnUntraced(function* (of: TestHub, what: string) {
    const after = yield* clone(of, repository, heads)
    assert.deepStrictEqual(
      [after.commits, after.snapshots, after.blobs],
      [before.commits, before.snapshots, before.blobs],
      what
    )
  })
  const emptyIndex = wholeIndexOf(yield* Layer.build(Layer.fresh(memoryIndexLayer)))
  yield* sameFrom(yield* startHub({ store: hub.store, index: emptyIndex }), "an index made from the store alone")
  yield* at(hub)(mergeAll(repository.id))
  const settled = yield* at(hub)(audit(repository.id))
  assert.deepStrictEqual({ ...settled, root: audited.root }, audited, "merged packs have what the others had")
  yield* sameFrom(hub, "merged packs")
  for (const [type, ids] of Object.entries(yield* storedIds(hub.store, repository.id))) {
    assert.lengthOf(ids, new Set(ids).size, `no ${type} is twice in merged packs`)
  }
})

const arenaOn = Effect.fnUntraced(function* (backend: Backend) {
  const storage = yield* freshStorage(backend)
  const hub = yield* startHub({ store: Context.get(storage, ObjectStore), index: wholeIndexOf(storage) })
  const arena: Arena = { hub, repository: yield* newRepository(hub) }
  return arena
})

describeBackends("the store holds everything after", (backend) => {
  for (const [name, site] of Object.entries(sites)) {
    it.live(name, () =>
      Effect.gen(function* () {
        const arena = yield* arenaOn(backend)
        yield* assertKept(arena, yield* site(arena))
      })
    )
  }
})

const postgres = await acquirePostgres()

describe("a store and an index after every place that makes history", () => {
  it.live("have packs of canonical objects, large blobs and documents, and no msgpack", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const url = yield* freshDatabase(postgres)
      const target = yield* PostgresUrl.parse(url)
      const storage = yield* Layer.build(
        Layer.merge(FilesystemObjectStore.layer(folder), PostgresIndex.layer({ ...target, maxConnections: 4 }))
      )
      const hub = yield* startHub({ store: Context.get(storage, ObjectStore), index: wholeIndexOf(storage) })
      for (const [place, site] of Object.values(sites).entries()) {
        const repository = yield* newRepository(hub, `site-${place}`)
        yield* site({ hub, repository })
        yield* at(hub)(mergeAll(repository.id))
      }
      const objects = yield* scanEncodings(folder, url)
      assert.isAbove(objects, 3 * Object.keys(sites).length, "packs were scanned")
    })
  )
})
