/**
 * Takes over one repository of a legacy hub: its history as packs, then its branches, tags, releases, proposals and
 * roles in one move of the root, then its name. Running it again brings what is new. Once somebody changed the
 * repository here, that comes beside what was done here.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { isSame } from "../../../base/Bytes.ts"
import { claimName, readClaim } from "../../../invariant/NameClaims.ts"
import { allHeads } from "../../../invariant/refs/heads.ts"
import { refsIn } from "../../../invariant/refs/refs.ts"
import { rootsBackFrom } from "../../../invariant/RootHistory.ts"
import { type Decision, type MoveError, Roots } from "../../../invariant/Roots.ts"
import { nowIso } from "../../../object/now.ts"
import { type CommitId, RepositoryId } from "../../../object/Id.ts"
import { LegacyHub, type LegacyRepository } from "../../../port/legacy/LegacyHub.ts"
import type { LegacyRecords, LegacyUnavailable } from "../../../port/legacy/LegacyRecords.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import type { DocumentConflict } from "../../../port/ObjectStore.ts"
import type { ObjectReadError } from "../../../invariant/ObjectReader.ts"
import type { RepositoryNameTaken, RootExists } from "../../../repository/rootErrors.ts"
import { RandomId } from "../../../port/RandomId.ts"
import { rootCodec } from "../../../repository/codecs.ts"
import { BranchName, Description, Domain, RepositoryName, Slug, UserName } from "../../../repository/Names.ts"
import { aliasesKind, headsKind } from "../../../repository/refs/kinds.ts"
import { RefList } from "../../../repository/refs/RefList.ts"
import { emptyRoot, type RefMove, type Repository, Role, type Root, withPair } from "../../../repository/Root.ts"
import { branchRef } from "../../../repository/rule/branchRules.ts"
import { catchUp, type CatchUpServices } from "../../recovery/catchUp.ts"
import { namedHeads, wholeHeads } from "./adoptedHeads.ts"
import { type AdoptedHistory, adoptHistory } from "./adoptHistory.ts"
import { adoptProposals, nameOf } from "./adoptProposals.ts"
import { adoptReleases, adoptTags } from "./adoptTags.ts"
import { adoptShared } from "./adoptShared.ts"
import { HistoryTarget, type OnPut } from "./HistoryTarget.ts"
import type { Quarantine, Quarantined } from "./Quarantined.ts"
import type { ReceiptsUnwritten } from "./Receipt.ts"
import { movesMax } from "./sharedBranches.ts"

/** What was brought of a repository. */
export interface AdoptedRepository {
  /** `owner/slug`. */
  readonly name: string
  /** Whether it was changed here since it was taken over, so that only what is beside that was brought. */
  readonly isOwn: boolean
  /** Whether it was archived or deleted here, so that nothing was brought. */
  readonly isClosed: boolean
  /** Counts of what is new. */
  readonly commits: number
  readonly branches: number
  /** Bytes of the objects that were put. */
  readonly bytes: number
  readonly quarantined: ReadonlyArray<Quarantined>
}

/** Is told how many commits of a repository were looked at, of how many, and the bytes that were put. */
export type OnAdopting = (name: string, done: number, all: number, bytes: number) => void

const decodeRepository = Schema.decodeUnknownOption(
  Schema.toType(Schema.Struct({ id: RepositoryId, owner: UserName, slug: Slug, description: Description }))
)
const isRepositoryName = Schema.is(RepositoryName)
const isDomain = Schema.is(Domain)
const isRole = Schema.is(Role)
/** What a repository is of that the legacy hub was not told of (docs/wire.md, section 7). */
const usualDomain = Domain.make("code")

/** Makes what the root says of the repository itself. */
const describe = (row: LegacyRepository): Repository | undefined =>
  Option.getOrUndefined(
    Option.map(decodeRepository(row), ({ description, id, owner, slug }) => ({
      id,
      owner,
      slug,
      description,
      name: isRepositoryName(row.name) ? row.name : slug,
      visibility: row.isPublic ? "public" : "private",
      domain: isDomain(row.domain) ? row.domain : usualDomain,
      defaultBranch: BranchName.make(row.defaultBranch),
      archived: false,
      forkOf: null,
      createdAt: row.createdAt
    }))
  )

/** Says whether a repository was changed by anything but adoptions. */
const isOwn = (root: Root) =>
  rootsBackFrom(root).pipe(
    Stream.flatMap(({ changes }) => Stream.fromIterable(changes)),
    Stream.runHead,
    Effect.map(Option.exists(({ action }) => action !== "adopt"))
  )

/** Reads the root, or writes the first one. The repository is visible once its name is claimed. */
const begun = Effect.fnUntraced(function* (repository: Repository) {
  const roots = yield* Roots
  const randomId = yield* RandomId
  return yield* Effect.catchTag(
    roots.read(repository.id),
    "RootMissing",
    Effect.fnUntraced(function* () {
      const change = { action: "adopt" as const, by: repository.owner, at: yield* nowIso, moves: [] }
      return yield* roots.create({ ...emptyRoot, repository, changes: [change], nonce: randomId() })
    })
  )
})

/** Lists how branches move. */
const movesOf = (before: ReadonlyMap<BranchName, CommitId>, after: ReadonlyMap<BranchName, CommitId>) => {
  const moves: Array<RefMove> = []
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [before.get(name) ?? null, after.get(name) ?? null]
    if (from !== to) moves.push({ ref: branchRef(name), from, to })
  }
  return moves
}

/** Commits by the ids that the legacy hub had for them. */
type Aliases = ReadonlyMap<string, CommitId>

/** Adds the new ids of commits. */
const withMinted = (before: Aliases, { minted }: AdoptedHistory): Aliases => {
  const all = new Map(before)
  for (const [legacy, { id }] of minted) all.set(legacy, id)
  return new Map([...all].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/** What the root is to be. */
type Wanted = Pick<Root, "aliases" | "grants" | "heads" | "proposals" | "releases" | "repository" | "tags">

/** Leaves out what changes beside what a reader sees. */
const asSeen = (root: Root) =>
  rootCodec.encode({
    ...root,
    catalog: null,
    packs: [],
    sequence: 0,
    previous: null,
    changes: [],
    nonce: "",
    collectionEpoch: 0,
    condemned: null,
    condemnations: 0
  })

/** Moves the root to what is wanted, and says so, unless somebody changed it since it was `seen`. */
const becoming =
  (seen: Root, wanted: Wanted, moves: ReadonlyArray<RefMove>, done: () => void): Decision<MoveError> =>
  (root) =>
    Effect.gen(function* () {
      if (!isSame(asSeen(root), asSeen(seen))) return null
      done()
      const by = wanted.repository.owner
      return { root: wanted, change: { action: "adopt", by, at: yield* nowIso, moves: moves.slice(0, movesMax) } }
    })

/** Says whether two lists of refs have the same entries. */
const isSameList = Effect.fnUntraced(function* <K extends string, V>(
  root: Root,
  one: RefList<K, V>,
  other: RefList<K, V>
) {
  if (one.count !== other.count) return false
  const [entries, others] = [yield* Stream.runCollect(refsIn(root, one)), yield* Stream.runCollect(refsIn(root, other))]
  return JSON.stringify(entries) === JSON.stringify(others)
})

/** Says whether the root has all that is wanted. */
const has = Effect.fnUntraced(function* (root: Root, { aliases, heads, releases, tags, ...wanted }: Wanted) {
  const isSettled = isSame(rootCodec.encode(root), rootCodec.encode({ ...root, ...wanted }))
  return (
    isSettled &&
    (yield* isSameList(root, root.aliases, aliases)) &&
    (yield* isSameList(root, root.heads, heads)) &&
    (yield* isSameList(root, root.tags, tags)) &&
    (yield* isSameList(root, root.releases, releases))
  )
})

/** Reads what a repository has beside its branches. */
const readBeside = Effect.fnUntraced(function* ({ id }: LegacyRepository) {
  const hub = yield* LegacyHub
  return {
    collaborators: yield* hub.collaborators(id),
    tags: yield* hub.tags(id),
    releases: yield* hub.releases(id),
    proposals: yield* hub.proposals(id)
  }
})

type Beside = Effect.Success<ReturnType<typeof readBeside>>

/** Lists the commits that tags, releases and merges name: branches need not lead to them. */
const namedCommits = ({ proposals, releases, tags }: Beside): ReadonlyArray<string> =>
  [...[...tags, ...releases].map((row) => row["commit_id"]), ...proposals.map(({ mergeCommit }) => mergeCommit)].filter(
    (id) => typeof id === "string"
  )

/** Collects what the root is to say beside the history. */
const wantedOf = Effect.fnUntraced(function* (
  repository: Repository,
  beside: Beside,
  {
    aliases,
    heads,
    history,
    people,
    quarantine,
    releases,
    tags
  }: Pick<Root, "releases" | "tags"> & {
    readonly aliases: Aliases
    readonly heads: ReadonlyMap<BranchName, CommitId>
    readonly history: AdoptedHistory
    readonly people: ReadonlyMap<string, string>
    readonly quarantine: Quarantine
  }
) {
  const context = { repository: repository.id, heads, history, people, quarantine }
  let grants: Root["grants"] = []
  for (const { permission, user } of beside.collaborators) {
    const name = nameOf(people, user)
    if (name === undefined || !isRole(permission))
      quarantine(`collaborator ${user}`, `${permission} is no role of a user`)
    else if (name !== repository.owner) grants = withPair(grants, name, permission)
  }
  const [first] = heads.keys()
  const isThere = heads.has(repository.defaultBranch)
  const wanted: Wanted = {
    aliases: RefList.of(aliasesKind, [...aliases]),
    repository: { ...repository, defaultBranch: isThere || first === undefined ? repository.defaultBranch : first },
    heads: RefList.of(headsKind, [...heads]),
    tags,
    releases,
    proposals: yield* adoptProposals(beside.proposals, context),
    grants
  }
  return wanted
})

export type AdoptError =
  | LegacyUnavailable
  | ReceiptsUnwritten
  | DocumentConflict
  | RepositoryNameTaken
  | RootExists
  | MoveError
  | ObjectReadError
  | IndexUnavailable

/** What taking over asks and writes. */
export type AdoptServices = CatchUpServices | LegacyHub | LegacyRecords | Roots

/** Takes over a repository, or brings what is new in it. Where it may, gives commits of the legacy server an id. */
export const adoptRepository = Effect.fn("adoptRepository")(function* (
  row: LegacyRepository,
  people: ReadonlyMap<string, string>,
  { mayMint, onAdopting, onPut }: { readonly mayMint: boolean; readonly onAdopting: OnAdopting; readonly onPut: OnPut }
): Effect.fn.Return<AdoptedRepository, AdoptError, AdoptServices> {
  const hub = yield* LegacyHub
  const name = `${row.owner}/${row.slug}`
  const quarantined: Array<Quarantined> = []
  const quarantine: Quarantine = (what, reason) => void quarantined.push({ repository: name, row: what, reason })
  const nothing: AdoptedRepository = {
    name,
    isOwn: false,
    isClosed: false,
    commits: 0,
    branches: 0,
    bytes: 0,
    quarantined
  }
  const repository = describe(row)
  if (repository === undefined) {
    quarantine("repository", "its id, its owner or its slug is not one that this hub can have")
    return nothing
  }
  const claim = yield* readClaim(repository)
  if (Option.exists(claim, (claimed) => claimed.repository !== repository.id)) {
    quarantine("repository", "another repository of this hub has or had its name; rename one of them")
    return nothing
  }
  const root = yield* begun(repository)
  const wasOwn = yield* isOwn(root.value)
  if (root.value.repository.archived || root.value.deletion !== null) {
    return { ...nothing, isOwn: wasOwn, isClosed: true }
  }
  const target = new HistoryTarget(root, onPut)
  const rows = yield* hub.branches(row.id)
  const named = namedHeads(rows, quarantine)
  const beside = yield* readBeside(row)
  const before = new Map(yield* Stream.runCollect(refsIn(root.value, root.value.heads)))
  const known = new Map(yield* Stream.runCollect(refsIn(root.value, root.value.aliases)))
  const history = yield* adoptHistory(target, [...new Set([...named.values(), ...namedCommits(beside)])], {
    aliases: known,
    mayMint,
    stops: [...(yield* allHeads(root.value))],
    quarantine,
    onCommits: (done, all, bytes) => onAdopting(name, done, all, bytes)
  })
  const legacyHeads = wholeHeads(named, history, quarantine)
  const refContext = { repository: repository.id, history, quarantine }
  const tags = yield* adoptTags(beside.tags, refContext)
  const releases = yield* adoptReleases(beside.releases, refContext)
  const aliases = withMinted(known, history)
  const adopted = (shared: boolean, branches: number): AdoptedRepository => ({
    ...nothing,
    isOwn: shared,
    commits: history.commits,
    branches,
    bytes: target.packs.bytes
  })
  if (!wasOwn) {
    const heads = new Map(legacyHeads)
    // A branch that came before stays as it is while its rows are wrong.
    for (const { name: branch } of rows) {
      const head = before.get(branch as BranchName)
      if (head !== undefined && !heads.has(branch as BranchName)) heads.set(branch as BranchName, head)
    }
    const described = { ...repository, owner: root.value.repository.owner, slug: root.value.repository.slug }
    const context = { aliases, heads, history, people, quarantine, releases, tags }
    const wanted = yield* wantedOf(described, beside, context)
    const moves = movesOf(before, heads)
    let isDone = history.commits === 0 && (yield* has(target.root.value, wanted))
    const decide = becoming(root.value, wanted, moves, () => {
      isDone = true
    })
    const moved = isDone ? target.root : yield* target.finish(decide)
    if (isDone) {
      const { id, owner } = moved.value.repository
      yield* claimName(moved.value.repository, id, moved.value.nameEpoch, owner)
      yield* catchUp(moved)
      return adopted(false, moves.length)
    }
  }
  const state = { heads: legacyHeads, tags, releases, proposals: beside.proposals, aliases: [...aliases] }
  return adopted(true, yield* adoptShared(target, state, quarantine))
})
