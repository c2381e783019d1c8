/**
 * The index in memory, for tests and for trying the hub out. It keeps every promise of the port except that its rows
 * end with the process. It is also the reference that other adapters are compared with.
 */
import { expected } from "@musehub/domain/base/expected"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import type { Introduction } from "@musehub/domain/history/introductions"
import type { BlobId, CommitId, ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import { assertSameRepository } from "@musehub/domain/port/index/assertSameRepository"
import { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { DerivationIndex } from "@musehub/domain/port/index/derived/DerivationIndex"
import { LineIndex } from "@musehub/domain/port/index/derived/LineIndex"
import { MarkIndex } from "@musehub/domain/port/index/derived/MarkIndex"
import { SymbolIndex } from "@musehub/domain/port/index/derived/SymbolIndex"
import { TouchIndex } from "@musehub/domain/port/index/derived/TouchIndex"
import { DocumentLedger } from "@musehub/domain/port/index/DocumentLedger"
import { DomainIndex } from "@musehub/domain/port/index/DomainIndex"
import type { Index } from "@musehub/domain/port/index/Index"
import {
  keptManifestEntriesMax,
  keptManifestsMax,
  type Known,
  ObjectIndex,
  type ObjectRow
} from "@musehub/domain/port/index/ObjectIndex"
import { PackIndex } from "@musehub/domain/port/index/PackIndex"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { ProposalIndex, type ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { RepositoryIndex, type RepositoryRow } from "@musehub/domain/port/index/RepositoryIndex"
import { type CommitEntry, type RecordBatch, RowWriter } from "@musehub/domain/port/index/RowWriter"
import { TableIndex } from "@musehub/domain/port/index/TableIndex"
import type { ComparedTableName } from "@musehub/domain/port/tables/comparedTables"
import { type KeptAnswer, UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import { pageOf, type PageRequest } from "@musehub/domain/port/Page"
import { atOnce } from "@musehub/domain/base/Slices"
import { digestingRows } from "@musehub/domain/port/index/digestingRows"
import type { Stored, StoredDocument, StoredPack } from "@musehub/domain/port/Stored"
import { joinRemarks, noRemarks, type Remarks, remarksOf, saysSomething } from "@musehub/domain/repository/Annotation"
import type { DocumentName, Slug, UserName } from "@musehub/domain/repository/Names"
import type { Proposal } from "@musehub/domain/repository/Proposal"
import { hasName, type Root } from "@musehub/domain/repository/Root"
import { noTeams, roleOfReader } from "@musehub/domain/repository/rule/roles"
import type { HubId } from "@musehub/domain/hub/HubIdentity"
import type { Token } from "@musehub/domain/hub/Token"
import type { User } from "@musehub/domain/hub/User"
import { Clock, Context, Effect, Layer, Option } from "effect"
import { Derived } from "./Derived.ts"
import { DocumentStates } from "./DocumentStates.ts"
import { Domains } from "./Domains.ts"
import { emptyObjects, type Objects, recordedBytes, rowsOfType, sizesOf } from "./Objects.ts"
import { repositoryRows, type RepositoryTable } from "./repositoryTables.ts"
import { tableRowsOf, type Values } from "./tableRows.ts"

const getOrSet = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** NUL sorts before every character of a name, so these keys are in order of owner, then slug. */
const repositoryKey = ({ repository }: RepositoryRow): string => `${repository.owner}\0${repository.slug}`

/** One more than the greatest number of a proposal. */
const proposalNumbersEnd = 1_000_000_000

/** Returns nine digits that sort in descending order of the number. */
const proposalKey = ({ number }: ProposalRow): string => String(proposalNumbersEnd - number).padStart(9, "0")

const tokenKey = ({ createdAt, hash }: Token): string => `${createdAt}\0${hash}`

/** Returns only the fields of evidence that describe the object's bytes. */
const objectRow = ({ id, size, storageUri, sha256 }: ObjectRow): ObjectRow => ({ id, size, storageUri, sha256 })

/** Creates an empty index that lives as long as the layer. */
export const layer: Layer.Layer<Index> = Layer.syncContext(() => {
  const objects = new Map<RepositoryId, Objects>()
  const roots = new Map<RepositoryId, StoredDocument<Root>>()
  /** Those of the roots whose repositories are listed, and have no rows yet. */
  const listedOnly = new WeakSet<StoredDocument<Root>>()
  const users = new Map<UserName, User>()
  const tokens = new Map<Token["hash"], Token>()
  const keptAnswers = new Map<DocumentName, KeptAnswer>()
  const domains = new Domains()
  let hub: HubId | undefined
  let batches = 0
  const states = new DocumentStates()

  const objectsOf = (repository: RepositoryId): Objects => objects.get(repository) ?? emptyObjects()
  const rowsIn = (repository: RepositoryId, type: ObjectType, page: PageRequest) =>
    pageOf(
      rowsOfType(objectsOf(repository), type).toSorted((a, b) => byText(a.id, b.id)),
      ({ id }) => id,
      page
    )

  const derived = new Derived({
    repositories: () => objects.keys(),
    roots,
    generations: (repository) =>
      new Map(Array.from(objectsOf(repository).commits, ([id, { entry }]) => [id, entry.generation])),
    underived: (repository, id) => {
      const { commits } = objectsOf(repository)
      const { generation, stored } = expected(commits.get(id), `commit ${id}`).entry
      const parents = stored.value.parents.flatMap((parent) => {
        const state = commits.get(parent)
        return state === undefined ? [] : [state.entry.stored.value.snapshotId]
      })
      const isWhole = parents.length === stored.value.parents.length
      return { id, generation, snapshotId: stored.value.snapshotId, parents: isWhole ? parents : undefined }
    }
  })

  const nodeOf = ({ snapshots }: Objects, { stored, generation }: CommitEntry): CommitNode => ({
    id: stored.id,
    parents: stored.value.parents,
    generation,
    snapshotId: stored.value.snapshotId,
    storedBytes: stored.size + (snapshots.get(stored.value.snapshotId)?.row.size ?? 0)
  })

  /** Returns the commits of each key; keys without any are left out. */
  const commitsWith = <K>(
    keys: ReadonlyArray<K>,
    commitsOf: ReadonlyMap<K, ReadonlySet<CommitId>>
  ): ReadonlyMap<K, ReadonlyArray<CommitId>> =>
    new Map(keys.flatMap((key) => (commitsOf.has(key) ? [[key, [...(commitsOf.get(key) ?? [])]] as const] : [])))

  const joinInto = ({ remarks }: Objects, commit: CommitId, said: Remarks) => {
    if (saysSomething(said)) remarks.set(commit, joinRemarks(remarks.get(commit) ?? noRemarks, said))
  }

  const record = (batch: RecordBatch) => {
    assertSameRepository(
      batch.repository,
      batch.blobs,
      batch.snapshots,
      batch.commits.map(({ stored }) => stored),
      batch.packs
    )
    const recorded = getOrSet(objects, batch.repository, emptyObjects)
    const { blobs, snapshots, commits, introducers, commitsOf, packs, staged } = recorded
    for (const stored of batch.blobs) getOrSet(blobs, stored.id, () => objectRow(stored))
    const kept = batches++
    for (const stored of batch.snapshots)
      getOrSet(snapshots, stored.id, () => ({
        row: objectRow(stored),
        manifest: batch.cachedManifests.has(stored.id) ? stored.value.manifest : undefined,
        kept
      }))
    for (const entry of batch.commits) {
      const { id, value } = entry.stored
      if (commits.has(id)) continue
      commits.set(id, { entry, row: objectRow(entry.stored) })
      derived.add(batch.repository, id, entry.generation)
      getOrSet(commitsOf, value.snapshotId, () => new Set()).add(id)
      for (const blob of entry.introduces) getOrSet(introducers, blob, () => new Set()).add(id)
      joinInto(recorded, id, remarksOf(value.record))
    }
    for (const { ref } of batch.packs) packs.add(ref.sha256)
    for (const sha256 of batch.dropped) packs.delete(sha256)
    for (const [id, { ref }] of staged) if (packs.has(ref.sha256)) staged.delete(id)
    if (batch.root !== undefined) reflect(batch.root)
  }

  /** Evicts all manifests except a bounded number of those that were kept last. */
  const evictManifests = (repository: RepositoryId) => {
    const kept = [...objectsOf(repository).snapshots]
      .filter(([, { manifest }]) => manifest !== undefined)
      .toSorted(([a, { kept: keptA }], [b, { kept: keptB }]) => keptB - keptA || byText(a, b))
    let entries = 0
    for (const [place, [, snapshot]] of kept.entries()) {
      entries += snapshot.manifest?.size ?? 0
      const isOver = place >= keptManifestsMax || entries > keptManifestEntriesMax
      if (place > 0 && isOver) snapshot.manifest = undefined
    }
  }

  const keepManifests = (repository: RepositoryId, evidence: ReadonlyArray<Stored<"snapshot">>) => {
    assertSameRepository(repository, evidence)
    const { snapshots } = objectsOf(repository)
    const kept = batches++
    for (const { id, value } of evidence) {
      const snapshot = snapshots.get(id)
      if (snapshot === undefined) continue
      snapshot.manifest = value.manifest
      snapshot.kept = kept
    }
    evictManifests(repository)
  }

  const sequenceOf = (root: StoredDocument<Root> | undefined): number =>
    root === undefined || listedOnly.has(root) ? -1 : root.value.sequence

  const reflect = (root: StoredDocument<Root>) => {
    const { repository, sequence } = root.value
    if (sequenceOf(roots.get(repository.id)) >= sequence) return
    listedOnly.delete(root)
    place(root)
    evictManifests(repository.id)
  }

  const place = (root: StoredDocument<Root>) => {
    const { repository } = root.value
    for (const { value } of roots.values()) {
      const { id, owner, slug } = value.repository
      if (id !== repository.id && owner === repository.owner && slug === repository.slug) roots.delete(id)
    }
    roots.set(repository.id, root)
    derived.addIdentity(repository)
  }

  const enlist = (root: StoredDocument<Root>) => {
    if (roots.has(root.value.repository.id)) return
    listedOnly.add(root)
    place(root)
  }

  const rowOf = (root: StoredDocument<Root>): RepositoryRow => ({
    repository: root.value.repository,
    branches: root.value.heads.count,
    rootSequence: sequenceOf(root),
    rootSha256: root.sha256
  })

  const findRepository = (matches: (root: Root) => boolean): Option.Option<RepositoryRow> =>
    Option.map(Option.fromUndefinedOr([...roots.values()].find(({ value }) => matches(value))), rowOf)

  const listed = (
    found: ReadonlyArray<StoredDocument<Root>>,
    { owner, slug }: { readonly owner?: UserName | undefined; readonly slug?: Slug | undefined },
    page: PageRequest
  ) =>
    Effect.sync(() => {
      const rows = found
        .map(rowOf)
        .filter(({ repository }) => owner === undefined || repository.owner === owner)
        .filter(({ repository }) => slug === undefined || repository.slug === slug)
        .toSorted((a, b) => byText(repositoryKey(a), repositoryKey(b)))
      return pageOf(rows, repositoryKey, page)
    })

  const mayRead = (reader: UserName | null, { repository, grants }: Root): boolean =>
    repository.visibility === "public" ||
    (reader !== null && (repository.owner === reader || grants.some(([user]) => user === reader)))

  const ancestry = (repository: RepositoryId, from: ReadonlyArray<CommitId>, limit: number) => {
    const of = objectsOf(repository)
    const found = new Map<CommitId, CommitNode>()
    const visit = (id: CommitId) => {
      const state = found.has(id) ? undefined : of.commits.get(id)
      if (state !== undefined) found.set(id, nodeOf(of, state.entry))
    }
    for (const id of from) visit(id)
    // A map's iteration includes entries added meanwhile, so this walks step by step away from `from`.
    for (const node of found.values()) {
      if (found.size >= limit) break
      for (const parent of node.parents) visit(parent)
    }
    return [...found.values()].slice(0, limit)
  }

  const known: ObjectIndex["Service"]["known"] = (repository, ids) =>
    Effect.sync((): Known => {
      const of = objectsOf(repository)
      const commits = new Map<CommitId, CommitNode>()
      for (const id of ids.commits) {
        const state = of.commits.get(id)
        if (state !== undefined) commits.set(id, nodeOf(of, state.entry))
      }
      return {
        blobs: new Set(ids.blobs.filter((id) => of.blobs.has(id))),
        snapshots: new Set(ids.snapshots.filter((id) => of.snapshots.has(id))),
        commits
      }
    })

  const holdersOf: ObjectIndex["Service"]["holdersOf"] = (reader, ids) =>
    Effect.sync(() => {
      const readable = [...roots.values()].filter((root) => sequenceOf(root) >= 0 && mayRead(reader, root.value))
      const holders = <K>(asked: ReadonlyArray<K>, rowsOf: (of: Objects) => ReadonlyMap<K, unknown>) =>
        new Map(
          asked.flatMap((id) => {
            const holder = readable.find(({ value }) => rowsOf(objectsOf(value.repository.id)).has(id))
            return holder === undefined ? [] : [[id, holder.value.repository.id] as const]
          })
        )
      return {
        blobs: holders(ids.blobs, ({ blobs }) => blobs),
        snapshots: holders(ids.snapshots, ({ snapshots }) => snapshots),
        commits: holders(ids.commits, ({ commits }) => commits)
      }
    })

  const introducedBy = (repository: RepositoryId, commits: ReadonlyArray<CommitId>) => {
    const of = objectsOf(repository)
    const introductions = new Map<BlobId, Introduction & { readonly commits: Array<CommitId> }>()
    for (const id of new Set(commits)) {
      for (const blob of new Set(of.commits.get(id)?.entry.introduces)) {
        // A blob without a row is the empty one, which counts as present everywhere.
        const size = of.blobs.get(blob)?.size ?? 0
        getOrSet(introductions, blob, () => ({ size, commits: [] })).commits.push(id)
      }
    }
    return introductions
  }

  const relocate = (pack: StoredPack) => {
    const { blobs, commits, snapshots } = objectsOf(pack.repository)
    for (const object of pack.directory) {
      const storageUri = pack.uriOf(object)
      if (object.type === "blob") {
        const row = blobs.get(object.id)
        if (row !== undefined) blobs.set(object.id, { ...row, storageUri })
      } else {
        const state = object.type === "snapshot" ? snapshots.get(object.id) : commits.get(object.id)
        if (state !== undefined) state.row = { ...state.row, storageUri }
      }
    }
  }

  const stage = (pack: StoredPack) => {
    const { packs, staged } = getOrSet(objects, pack.repository, emptyObjects)
    if (packs.has(pack.ref.sha256)) return
    for (const object of pack.directory)
      if (object.type === "blob") staged.set(object.id, { ref: pack.ref, size: object.size })
  }

  const bytesIn = (repository: RepositoryId): number => {
    const of = objectsOf(repository)
    return recordedBytes(of) + sizesOf(of.staged.values())
  }

  const recordProposal = (proposal: Proposal) => {
    const { proposals } = getOrSet(objects, proposal.repository, emptyObjects)
    const recorded = proposals.get(proposal.number)
    if (recorded === undefined || recorded.revision < proposal.revision) proposals.set(proposal.number, proposal)
  }

  const proposals: ProposalIndex["Service"]["proposals"] = (repository, filter, page) =>
    Effect.sync(() => {
      const rows = [...objectsOf(repository).proposals.values()]
        .filter(({ state }) => filter.state === undefined || state === filter.state)
        .map(({ number, title, author, from, to, state, createdAt, updatedAt }): ProposalRow => ({
          number,
          title,
          author,
          from,
          to,
          state,
          createdAt,
          updatedAt
        }))
        .toSorted((a, b) => b.number - a.number)
      return pageOf(rows, proposalKey, page)
    })

  const remarks: CommitIndex["Service"]["remarks"] = (repository, commits) =>
    Effect.sync(() => {
      const recorded = objectsOf(repository).remarks
      return new Map(
        commits.flatMap((id) => {
          const said = recorded.get(id)
          return said === undefined ? [] : [[id, said] as const]
        })
      )
    })

  /** The rows of tables of the hub. */
  const hubTables = {
    hub: () => (hub === undefined ? [] : [{ id: hub }]),
    users: () => Array.from(users.values(), ({ createdAt, name }) => ({ name, created_at: createdAt })),
    tokens: () =>
      Array.from(tokens.values(), ({ createdAt, expiresAt, revokedAt, ...token }) => ({
        ...token,
        created_at: createdAt,
        expires_at: expiresAt,
        revoked_at: revokedAt
      })),
    domains: () => domains.values()
  } satisfies { readonly [T in Exclude<ComparedTableName, RepositoryTable>]: () => ReadonlyArray<Values> }

  const isHubTable = (table: ComparedTableName): table is keyof typeof hubTables => Object.hasOwn(hubTables, table)

  const tableRows: TableIndex["Service"]["tableRows"] = (request) =>
    Effect.sync(() => {
      const { repository, table } = request
      if (isHubTable(table)) return tableRowsOf(hubTables[table](), request)
      if (repository === null) return []
      const document = roots.get(repository)
      const root = document && { document, sequence: sequenceOf(document) }
      return tableRowsOf(repositoryRows(table, objectsOf(repository), root), request)
    })

  return Context.make(RowWriter, {
    record: (batch) => Effect.sync(() => record(batch))
  }).pipe(
    Context.add(RepositoryIndex, {
      location: "memory:",
      hub: Effect.sync(() => Option.fromUndefinedOr(hub)),
      belongTo: (wanted) => Effect.sync(() => (hub ??= wanted)),
      probe: Effect.map(Clock.currentTimeMillis, (now) => ({
        at: new Date(now).toISOString(),
        location: "memory:",
        server: "memory of this process",
        encoding: null,
        writable: true,
        pooled: false,
        encrypted: false,
        fit: true,
        reasons: []
      })),
      enlist: (root) => Effect.sync(() => enlist(root)),
      forget: (repository) =>
        Effect.sync(() => {
          objects.delete(repository)
          roots.delete(repository)
          derived.forget(repository)
        }),
      repositoryByName: (owner, slug) =>
        Effect.sync(() => findRepository(({ repository }) => repository.owner === owner && repository.slug === slug)),
      repositories: (filter, page) => listed([...roots.values()], filter, page),
      readableRepositories: (reader, { granted, owner }, page) =>
        listed(
          [...roots.values()].filter(
            ({ value }) =>
              roleOfReader(value, reader, noTeams) !== undefined ||
              granted?.some((name) => hasName(value, name)) === true
          ),
          { owner },
          page
        ),
      counts: Effect.sync(() => {
        const all = [...objects.values()]
        return {
          repositories: roots.size,
          commits: all.reduce((sum, { commits }) => sum + commits.size, 0),
          snapshots: all.reduce((sum, { snapshots }) => sum + snapshots.size, 0),
          blobs: all.reduce((sum, { blobs }) => sum + blobs.size, 0)
        }
      })
    }),
    Context.add(ObjectIndex, {
      known,
      holdersOf,
      rows: (repository, type, page) => Effect.sync(() => rowsIn(repository, type, page)),
      rowsDigest: (repository, type, page) =>
        Effect.sync(() => atOnce(digestingRows(rowsIn(repository, type, page).items))),
      manifests: (repository, snapshots) =>
        Effect.sync(() => {
          const of = objectsOf(repository)
          return new Map(
            snapshots.flatMap((id) => {
              const manifest = of.snapshots.get(id)?.manifest
              return manifest === undefined ? [] : [[id, manifest] as const]
            })
          )
        }),
      keepManifests: (repository, snapshots) => Effect.sync(() => keepManifests(repository, snapshots))
    }),
    Context.add(CommitIndex, {
      ancestry: (repository, from, limit) => Effect.sync(() => ancestry(repository, from, limit)),
      introducedBy: (repository, commits) => Effect.sync(() => introducedBy(repository, commits)),
      introducersOf: (repository, blobs) =>
        Effect.sync(() => {
          return commitsWith(blobs, objectsOf(repository).introducers)
        }),
      unintroducedBlobs: (repository, page) =>
        Effect.sync(() => {
          const { blobs, introducers } = objectsOf(repository)
          const { items, next } = pageOf([...blobs.keys()].toSorted(byText), (id) => id, page)
          return { items: items.filter((id) => !introducers.has(id)), next }
        }),
      commitsOfSnapshots: (repository, snapshots) =>
        Effect.sync(() => {
          return commitsWith(snapshots, objectsOf(repository).commitsOf)
        }),
      recentCommits: (repository, limit) =>
        Effect.sync(() => {
          return [...objectsOf(repository).commits.keys()].toReversed().slice(0, limit)
        }),
      recordAnnotation: ({ value }) =>
        Effect.sync(() => joinInto(getOrSet(objects, value.repository, emptyObjects), value.commit, value)),
      remarks
    }),
    Context.add(PackIndex, {
      packs: (repository) =>
        Effect.sync(() => ({
          rootSequence: sequenceOf(roots.get(repository)),
          packs: new Set(objectsOf(repository).packs)
        })),
      relocate: (pack) => Effect.sync(() => relocate(pack)),
      stage: (pack) => Effect.sync(() => stage(pack)),
      staged: (repository, blobs) =>
        Effect.sync(() => {
          const { staged } = objectsOf(repository)
          return new Map(
            blobs.flatMap((id) => {
              const found = staged.get(id)
              return found === undefined ? [] : [[id, found.ref] as const]
            })
          )
        })
    }),
    Context.add(ProposalIndex, {
      recordProposal: ({ value }) => Effect.sync(() => recordProposal(value)),
      proposals
    }),
    Context.add(PeopleIndex, {
      users: (page) =>
        Effect.sync(() => {
          const found = [...users.values()].toSorted((a, b) => byText(a.name, b.name))
          return pageOf(found, ({ name }) => name, page)
        }),
      recordUser: ({ value }) => Effect.sync(() => void users.set(value.name, value)),
      recordToken: ({ value }) =>
        Effect.sync(() => {
          // Evidence of an earlier state may arrive late; it must not restore a revoked token.
          const revokedAt = tokens.get(value.hash)?.revokedAt ?? value.revokedAt
          tokens.set(value.hash, { ...value, revokedAt })
        }),
      tokenByHash: (hash) => Effect.sync(() => Option.fromUndefinedOr(tokens.get(hash))),
      tokenByPublicId: (id) =>
        Effect.sync(() => Option.fromUndefinedOr([...tokens.values()].find((token) => token.id === id))),
      tokens: ({ user }, page) =>
        Effect.sync(() => {
          const found = [...tokens.values()]
            .filter((token) => user === undefined || token.user === user)
            .toSorted((a, b) => byText(tokenKey(a), tokenKey(b)))
          return pageOf(found, tokenKey, page)
        })
    }),
    Context.add(DomainIndex, {
      recordDomain: ({ value }) => Effect.sync(() => domains.record(value)),
      knownDomains: (names) => Effect.sync(() => domains.known(names)),
      searchDomains: (text, page) => Effect.sync(() => domains.search(text, page))
    }),
    Context.add(UsageIndex, {
      usageOf: (user, at) =>
        Effect.sync(() => {
          const owned = [...roots.values()].filter(({ value }) => value.repository.owner === user)
          return {
            repositories: owned.length,
            tokens: [...tokens.values()].filter(
              (token) =>
                token.user === user && token.revokedAt === null && (token.expiresAt === null || token.expiresAt > at)
            ).length,
            keptAnswers: [...keptAnswers.values()].filter((answer) => answer.user === user).length,
            bytes: owned.reduce((sum, { value }) => sum + bytesIn(value.repository.id), 0)
          }
        }),
      storedBytes: (repository) => Effect.sync(() => bytesIn(repository)),
      recordKeptAnswer: (answer) =>
        Effect.sync(() => {
          const known = keptAnswers.get(answer.document)
          if (known === undefined || known.at < answer.at) keptAnswers.set(answer.document, answer)
        }),
      keptAnswersBefore: (user, before, limit) =>
        Effect.sync(() =>
          [...keptAnswers.values()]
            .filter((answer) => answer.user === user && answer.at < before)
            .toSorted((a, b) => byText(a.at, b.at))
            .slice(0, limit)
            .map(({ document }) => document)
        ),
      forgetKeptAnswers: (documents) =>
        Effect.sync(() => {
          for (const document of documents) keptAnswers.delete(document)
        })
    }),
    Context.add(DocumentLedger, {
      latestState: (path) => Effect.sync(() => states.latest(path)),
      addState: (path, state) => Effect.sync(() => states.add(path, state)),
      numberOfState: (path, hash) => Effect.sync(() => states.numberOf(path, hash))
    }),
    Context.add(DerivationIndex, derived.derivations),
    Context.add(TouchIndex, derived.touches),
    Context.add(LineIndex, derived.lines),
    Context.add(SymbolIndex, derived.symbols),
    Context.add(MarkIndex, derived.marks),
    Context.add(TableIndex, {
      tableRows,
      repositoryAfter: (after) =>
        Effect.sync(() => {
          const ids = new Set([...roots.keys(), ...objects.keys()])
          return Option.fromUndefinedOr([...ids].toSorted().find((id) => after === undefined || id > after))
        })
    })
  )
})
