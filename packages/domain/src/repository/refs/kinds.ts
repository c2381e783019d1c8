/** The lists of refs that a root has. */
import { Schema } from "effect"
import { CommitId, Sha256 } from "../../object/Id.ts"
import { BranchName } from "../Names.ts"
import { Channel, ReleaseId, TagId } from "../Tag.ts"
import { refKind } from "./RefNode.ts"

/** A tag. Several commits may have the same label. */
export const TagEntry = Schema.Struct({
  tag: Schema.String,
  commit: CommitId,
  /** The hash under which the client's record is stored. */
  record: Sha256
})
export type TagEntry = typeof TagEntry.Type

export const ReleaseEntry = Schema.Struct({
  id: ReleaseId,
  channel: Channel,
  draft: Schema.Boolean,
  /** The hash under which the client's record is stored. */
  record: Sha256,
  /** Grows with each publication. */
  order: Schema.Int
})
export type ReleaseEntry = typeof ReleaseEntry.Type

/**
 * Branch heads by name, without `refs/heads/`. Together the lists take half of the 16 KiB of a root; most of the
 * rest is for the names of packs.
 */
export const headsKind = refKind("branches", 5 * 1024, BranchName, CommitId)
/** Tags by their ids. */
export const tagsKind = refKind("tags", 1536, TagId, TagEntry)
/** New ids of commits by the texts that a legacy hub had for them. */
export const aliasesKind = refKind("aliases", 512, Schema.String, CommitId)
/** Releases by their tags. */
export const releasesKind = refKind("releases", 1024, Schema.String, ReleaseEntry)
