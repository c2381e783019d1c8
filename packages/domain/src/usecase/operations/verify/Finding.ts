/** What verify finds: tagged values, each with its place and the command or the deed that mends it. */
import type { RepositoryId } from "../../../object/Id.ts"

/** A fault is damage. A notice is told, and is none: what passes by itself, or is of no use to anyone. */
export type Severity = "fault" | "notice"

/** What is known of the place of a finding. */
export interface Place {
  /** A key of the store, or what the finding is about. */
  readonly place: string
  /** The repository, by its name where that is known. */
  readonly repository: string
}

const restored = ({ place }: Place) => `restore ${place} from a backup of the store`
const sentAgain = "send it again from a clone that has the whole history: musehub push --complete"
const restoredOrSent = (at: Place) => `${restored(at)}, or ${sentAgain}`
/** What has its hash as its name is restored by a command. */
const copied = (at: Place) =>
  `${restored(at)}: musehub verify --deep --repair --from <the backup's URL> --repo ${at.repository}`
/** What another repository, a clone or a backup has comes back one object at a time. */
const putBack = (what: string, { repository }: Place) =>
  `put ${what} back from another repository of the hub, a clone or a backup: musehub verify --deep --repair ` +
  `--from <the clone's folder or the backup's URL> --repo ${repository}; or ${sentAgain}`
const sent = (at: Place) => putBack("it", at)
const refilled = (at: Place) => putBack("what it held", at)
const branched = (at: Place) => `${sent(at)}; or musehub branch restore ${at.repository} to an earlier head`
const packed = ({ repository }: Place) => `musehub repo pack ${repository}`
const rebuilt = () => "musehub rebuild"
const repaired = ({ repository }: Place) => `musehub verify --repair --repo ${repository}`
const emptied = ({ place }: Place) =>
  `restore what ${place} is of from a backup of the store; or empty the index, and run musehub rebuild`
const collected = () => "musehub gc"
const deleted = ({ place }: Place) => `nothing needs it: ${place} can be deleted from the store`

/** What mends each kind of finding. */
const mends = {
  /** A repository has a history or a name, and no root. */
  RootMissing: restored,
  /** The root cannot be decoded, or is that of another repository. */
  RootDamaged: restored,
  /** The copy of an earlier root is gone, damaged, or not the one that its successor replaced. */
  HistoryBroken: restored,
  /** No document of the hub leads from the name that a root has to its repository. */
  NameLost: restored,
  /** The document of a name, a user, a token or a published domain cannot be decoded. */
  HubDocumentDamaged: restored,
  /** A repository was never finished: it has no name, and nobody can have seen it. */
  CreationUnfinished: deleted,
  /** The list of older packs is gone, or its bytes are not those that the root names. */
  CatalogDamaged: copied,
  /** A root or a catalog says another size or count of objects than the pack has. */
  PackMisstated: restored,
  /** A root and its catalog name a pack more than once. */
  PackNamedTwice: packed,
  /** A named pack is not in the store. */
  PackMissing: refilled,
  /** The end of a named pack, with its directory, cannot be read. */
  PackDamaged: refilled,
  /** A pack is in the store, and no root names it. */
  PackUnnamed: collected,
  /** The bytes of a block of a pack are not those that its directory names, or do not decompress. */
  BlockDamaged: refilled,
  /** A directory says another size or sha256 of an object than its bytes have. */
  ObjectMisstated: refilled,
  /** The bytes of an object are those of another one, or of none. */
  ObjectMisnamed: refilled,
  /** The bytes of an object give its id, and are not the one form that it has. */
  ObjectNotCanonical: refilled,
  /** A commit has a parent that is in no named pack. */
  ParentMissing: sent,
  /** A commit has a snapshot that is in no named pack. */
  SnapshotMissing: sent,
  /** A snapshot has a blob that is in no named pack and is no large blob. */
  BlobMissing: sent,
  /** A row is of a large blob that is not in the store. */
  LargeBlobMissing: sent,
  /** The bytes of a large blob do not hash to its id. */
  LargeBlobDamaged: sent,
  /** No snapshot has a large blob. */
  LargeBlobOrphaned: collected,
  /** A part of the list of branches, tags or releases is gone, damaged, or not what the root says of it. */
  RefsDamaged: copied,
  /** A branch is at a commit that is in no named pack. */
  BranchAstray: branched,
  /** An id of a legacy hub stands for a commit that is in no named pack. */
  AliasAstray: sent,
  /** A tag is of a commit that is in no named pack. */
  TagAstray: sent,
  /** A release is of a commit or a snapshot that is in no named pack. */
  ReleaseAstray: sent,
  /** The record of a tag or a release is gone, damaged, or says something else than the root. */
  RecordDamaged: copied,
  /** A proposal is open and its document is gone, or it was merged into a commit that is in no named pack. */
  ProposalAstray: restoredOrSent,
  /** The document of a proposal cannot be decoded, or is another one's. */
  ProposalDamaged: restored,
  /** The remarks on a commit cannot be decoded, or are about another commit or one that is in no named pack. */
  AnnotationDamaged: restored,
  /** The index does not list a repository: it has not read it since it was emptied, or another index has it. */
  RepositoryUnindexed: rebuilt,
  /** The rows of a repository reflect an earlier root. They follow when it is next opened. */
  IndexBehind: rebuilt,
  /** The rows of a repository reflect a root that the store does not have, as one from an older copy. */
  IndexAstray: rebuilt,
  /** The row of a repository says something else than its root. */
  RepositoryRowDiffers: repaired,
  /** The index lacks the rows of a pack, which could not be read when it was recorded. */
  PackUnrecorded: rebuilt,
  /** The index counts a pack as recorded that no root names. */
  PackRowAstray: repaired,
  /** The index lacks the row of an object that a commit leads to. */
  RowMissing: repaired,
  /** A row says something else than the bytes of its object. */
  RowDiffers: repaired,
  /** A row is of an object that no named pack has, or of a proposal without a document. */
  RowAstray: repaired,
  /** A row is of a user or a repository that the store does not have. */
  HubRowAstray: emptied
} satisfies { readonly [tag: string]: (at: Place) => string }

export type FindingTag = keyof typeof mends

/** What is wrong with the rows of a repository alone, so that they can be recorded again from the store. */
export const rowTags: ReadonlySet<FindingTag> = new Set([
  "RepositoryUnindexed",
  "IndexBehind",
  "IndexAstray",
  "RepositoryRowDiffers",
  "PackUnrecorded",
  "PackRowAstray",
  "RowMissing",
  "RowDiffers",
  "RowAstray"
])

/** What catching up mends, without deleting the rows before. */
export const missedTags: ReadonlySet<FindingTag> = new Set(["RepositoryUnindexed", "IndexBehind", "PackUnrecorded"])

export const findingTags = Object.keys(mends) as ReadonlyArray<FindingTag>

export interface Finding {
  readonly _tag: FindingTag
  readonly severity: Severity
  /** The repository that it is about; null for what belongs to the hub. */
  readonly repository: RepositoryId | null
  /** `owner/slug` of the repository; null where its root cannot tell. */
  readonly name: string | null
  /** A key of the store, or what the finding is about. */
  readonly place: string
  /** What is wrong there, as the end of a sentence about the place. */
  readonly reason: string
  /** What to do now. */
  readonly mend: string
}

/** Says what mends a finding of this kind. What may be under way is not to be deleted by hand. */
export const mendOf = (tag: FindingTag, at: Place, severity: Severity = "fault"): string =>
  severity === "notice" && mends[tag] === deleted ? "nothing now: it may be under way" : mends[tag](at)
