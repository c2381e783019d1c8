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
const packed = ({ repository }: Place) => `musehub repo pack ${repository}`
const deleted = ({ place }: Place) => `nothing needs it: ${place} can be deleted from the store`

/** What mends each kind of finding. */
const mends = {
  /** A repository has history, packs or a name, and no root. */
  RootMissing: restored,
  /** The root cannot be decoded, or is that of another repository. */
  RootDamaged: restored,
  /** The copy of an earlier root is gone, damaged, or not the one that its successor replaced. */
  HistoryBroken: restored,
  /** No document of the hub leads from the name that a root has to its repository. */
  NameLost: restored,
  /** A repository was never finished: it has no name, and nobody can have seen it. */
  CreationUnfinished: deleted,
  /** The list of older packs is gone, or its bytes are not those that the root names. */
  CatalogDamaged: restored,
  /** A root or a catalog says another size or count of objects than the pack has. */
  PackMisstated: restored,
  /** A root and its catalog name a pack more than once. */
  PackNamedTwice: packed,
  /** A named pack is not in the store. */
  PackMissing: restoredOrSent,
  /** The end of a named pack, with its directory, cannot be read. */
  PackDamaged: restoredOrSent,
  /** A pack is in the store, and no root names it. */
  PackUnnamed: deleted
} satisfies { readonly [tag: string]: (at: Place) => string }

export type FindingTag = keyof typeof mends

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

/** Says what mends a finding of this kind. */
export const mendOf = (tag: FindingTag, at: Place): string => mends[tag](at)
