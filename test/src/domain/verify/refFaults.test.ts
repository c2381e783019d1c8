/** Each kind of damage of refs and documents is found and named, and nothing else is. */
import { assert, describe } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { inSlices } from "@musehub/domain/base/Slices"
import {
  encodingRelease,
  putRelease,
  putTag,
  readRelease,
  readTag
} from "@musehub/domain/invariant/RepositoryDocuments"
import { sha256 } from "@musehub/domain/object/Digest"
import { SnapshotId } from "@musehub/domain/object/Id"
import { proposalCodec } from "@musehub/domain/repository/codecs"
import { BranchName, DocumentName } from "@musehub/domain/repository/Names"
import { aliasesKind, headsKind, releasesKind, tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { isLeaf } from "@musehub/domain/repository/refs/RefNode"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { Effect, Result } from "effect"
import { entriesOf } from "../../support/shortRefs.ts"
import { at, opened } from "../support/hubSamples.ts"
import { someCommit } from "../support/rootSamples.ts"
import { type Fault, rootOf, testFaults } from "./planting.ts"
import { bytesOf, type Grown, junk, moveRoot, rewrite } from "./verified.ts"

const lost = someCommit("a commit that is nowhere")

/** Gives the repository so many branches that they are in chunks. Returns the first chunk, and the list. */
const chunked = Effect.fnUntraced(function* (grown: Grown) {
  const { first, hub, repository } = grown
  for (let number = 0; number < 100; number += 1) {
    const name = `branch-${number}`
    yield* at(hub)(createBranch(yield* opened(hub, repository), { name, from: first.commit.id }))
  }
  const { heads } = yield* rootOf(grown)
  assert(!isLeaf(heads.top), "the branches are in chunks")
  return { top: heads.top, chunk: elementAt(heads.top.chunks, 0) }
})

/** Changes the document of a proposal. */
const changeProposal = Effect.fnUntraced(function* (
  { hub, repository }: Grown,
  number: number,
  change: (proposal: ReturnType<typeof proposalCodec.decode>) => Uint8Array
) {
  const key = { kind: "proposal", repository: repository.id, number } as const
  yield* rewrite(hub, key, change(proposalCodec.decode(yield* bytesOf(hub, key))))
  return { place: `proposals/${String(number).padStart(10, "0")}` }
})

const faults: ReadonlyArray<Fault> = [
  {
    name: "a chunk of branches that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const { chunk } = yield* chunked(grown)
      yield* grown.hub.store.documents.delete({ kind: "refs", repository: grown.repository.id, sha256: chunk.sha256 })
      return { place: `refs/${chunk.sha256}` }
    }),
    finds: ["RefsDamaged"]
  },
  {
    name: "a chunk of branches that is damaged",
    plant: Effect.fnUntraced(function* (grown) {
      const { chunk } = yield* chunked(grown)
      yield* rewrite(grown.hub, { kind: "refs", repository: grown.repository.id, sha256: chunk.sha256 }, junk)
      return { place: `refs/${chunk.sha256}` }
    }),
    finds: ["RefsDamaged"]
  },
  {
    name: "a root that says another count of a chunk",
    plant: Effect.fnUntraced(function* (grown) {
      const { chunk, top } = yield* chunked(grown)
      const chunks = top.chunks.map((each) => (each === chunk ? { ...each, count: each.count + 1 } : each))
      yield* moveRoot(grown.hub, grown.repository, () => ({ heads: RefList.stored(headsKind, { ...top, chunks }) }))
      return { place: `refs/${chunk.sha256}` }
    }),
    finds: ["RefsDamaged"]
  },
  {
    name: "a branch at a commit that is nowhere",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      const ghost = [BranchName.make("ghost"), lost] as const
      yield* moveRoot(hub, repository, ({ heads }) => ({ heads: RefList.of(headsKind, [...entriesOf(heads), ghost]) }))
      return { place: "branch ghost" }
    }),
    finds: ["BranchAstray"]
  },
  {
    name: "an alias of a commit that is nowhere",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* moveRoot(hub, repository, () => ({ aliases: RefList.of(aliasesKind, [["init-0a1b2c3d", lost]]) }))
      return { place: "alias init-0a1b2c3d" }
    }),
    finds: ["AliasAstray"]
  },
  {
    name: "a tag of a commit that is nowhere",
    plant: Effect.fnUntraced(function* (grown) {
      const { hub, repository } = grown
      const [id, entry] = elementAt(entriesOf((yield* rootOf(grown)).tags), 0)
      const tag = yield* at(hub)(readTag(repository.id, entry.record))
      const record = yield* at(hub)(putTag(repository.id, { ...tag, commit_id: lost }))
      const tags = RefList.of(tagsKind, [[id, { ...entry, commit: lost, record }]])
      yield* moveRoot(hub, repository, () => ({ tags }))
      return { place: `tag ${id}` }
    }),
    finds: ["TagAstray"]
  },
  {
    name: "a release of a snapshot that is nowhere",
    plant: Effect.fnUntraced(function* (grown) {
      const { hub, repository } = grown
      const [name, entry] = elementAt(entriesOf((yield* rootOf(grown)).releases), 0)
      const release = yield* at(hub)(readRelease(repository.id, entry.record))
      const snapshot_id = SnapshotId.make(sha256("nowhere"))
      const record = yield* inSlices(() => encodingRelease({ ...release, snapshot_id }))
      yield* at(hub)(putRelease(repository.id, record))
      const releases = RefList.of(releasesKind, [[name, { ...entry, record: record.sha256 }]])
      yield* moveRoot(hub, repository, () => ({ releases }))
      return { place: `release ${name}` }
    }),
    finds: ["ReleaseAstray"],
    from: "default"
  },
  {
    name: "the record of a tag that is gone",
    plant: Effect.fnUntraced(function* (grown) {
      const { hub, repository } = grown
      const [, { record }] = elementAt(entriesOf((yield* rootOf(grown)).tags), 0)
      yield* hub.store.documents.delete({ kind: "tag", repository: repository.id, sha256: record })
      return { place: `tags/${record}` }
    }),
    finds: ["RecordDamaged"],
    from: "default"
  },
  {
    name: "an open proposal without its document",
    plant: Effect.fnUntraced(function* ({ hub, repository }) {
      yield* hub.store.documents.delete({ kind: "proposal", repository: repository.id, number: 2 })
      return { place: "proposals/0000000002" }
    }),
    finds: ["ProposalAstray"],
    from: "default"
  },
  {
    name: "a proposal that was merged into a commit that is nowhere",
    plant: (grown) =>
      changeProposal(grown, 1, (read) => {
        const proposal = Result.getOrThrow(read)
        assert(proposal.merged !== null, "it is merged")
        return proposalCodec.encode({ ...proposal, merged: { ...proposal.merged, commit: lost } })
      }),
    finds: ["ProposalAstray"],
    from: "default"
  },
  {
    name: "a proposal that cannot be decoded",
    plant: (grown) => changeProposal(grown, 1, () => junk),
    finds: ["ProposalDamaged"],
    from: "default"
  },
  {
    name: "remarks that cannot be decoded",
    plant: Effect.fnUntraced(function* ({ first, hub, repository }) {
      const commit = first.commit.id
      yield* rewrite(hub, { kind: "annotation", repository: repository.id, commit }, junk)
      return { place: `annotations/${commit}` }
    }),
    finds: ["AnnotationDamaged"],
    from: "default"
  },
  {
    name: "remarks on a commit that is nowhere",
    plant: Effect.fnUntraced(function* ({ first, hub, repository }) {
      const key = (commit: typeof lost) => ({ kind: "annotation", repository: repository.id, commit }) as const
      yield* rewrite(hub, key(lost), yield* bytesOf(hub, key(first.commit.id)))
      return { place: `annotations/${lost}` }
    }),
    finds: ["AnnotationDamaged"],
    from: "default"
  },
  {
    name: "a user that cannot be decoded",
    plant: Effect.fnUntraced(function* ({ hub }) {
      yield* rewrite(hub, { kind: "hub", collection: "users", name: DocumentName.make("bob") }, junk)
      return { place: "hub/users/bob" }
    }),
    finds: ["HubDocumentDamaged"],
    from: "default"
  },
  {
    name: "sessions that cannot be decoded",
    plant: Effect.fnUntraced(function* ({ hub }) {
      yield* rewrite(hub, { kind: "hub", collection: "sessions", name: DocumentName.make("bob") }, junk)
      return { place: "hub/sessions/bob" }
    }),
    finds: ["HubDocumentDamaged"],
    from: "default"
  }
]

describe("verify finds among refs and documents", () => {
  testFaults(faults)
})
