/**
 * Tags and releases as the client sends them (docs/wire.md, sections 2 and 4), with the client's field names. Each is
 * stored as an immutable record under its own hash, and the root names the current ones.
 */
import { Schema } from "effect"
import { semVerSource } from "../base/text/semVer.ts"
import { CommitId, SnapshotId } from "../object/Id.ts"
import { boundedText } from "./boundedText.ts"

const uuid = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { expected: "a UUID" })
)

export const TagId = uuid.pipe(Schema.brand("TagId"))
export type TagId = typeof TagId.Type

export const ReleaseId = uuid.pipe(Schema.brand("ReleaseId"))
export type ReleaseId = typeof ReleaseId.Type

/** Free text, 1 to 500 characters. Several commits may have the same label. */
export const TagLabel = boundedText(500, 1)

/** A tag: a label on a commit. */
export const Tag = Schema.Struct({
  tag_id: TagId,
  /** Exactly as sent; a clone keeps its repository's id elsewhere. */
  repo_id: boundedText(255),
  commit_id: CommitId,
  tag: TagLabel,
  /** ISO 8601 as sent, verbatim. */
  created_at: boundedText(64)
})
export type Tag = typeof Tag.Type

export const Channel = Schema.Literals(["stable", "beta", "alpha", "nightly"])
export type Channel = typeof Channel.Type

/**
 * Semantic Versioning 2.0.0 with an optional `v`. Surrounding spaces are kept, as the client keeps them (docs/wire.md,
 * section 2).
 */
export const ReleaseTag = Schema.String.check(
  Schema.isMaxLength(100),
  Schema.isPattern(new RegExp(String.raw`^\s*v?${semVerSource}\s*$`), {
    expected: "a semantic version such as v1.2.3 or 1.0.0-rc.1"
  })
)

/** A line of a change log: what a commit brought. */
export const ChangelogEntry = Schema.Struct({
  commit_id: boundedText(128),
  message: boundedText(65_536),
  sem_ver_bump: boundedText(32),
  breaking_changes: Schema.Array(boundedText(65_536)),
  author: boundedText(1024),
  committed_at: boundedText(64),
  agent_id: boundedText(256),
  model_id: boundedText(256)
})

/** The most lines of a change log. */
export const changelogMax = 10_000

/** A release: a tag with a version, notes and a change log. */
export const Release = Schema.Struct({
  release_id: ReleaseId,
  repo_id: boundedText(255),
  tag: ReleaseTag,
  semver: Schema.Struct({
    major: Schema.Int,
    minor: Schema.Int,
    patch: Schema.Int,
    pre: boundedText(100),
    build: boundedText(100)
  }),
  channel: Channel,
  commit_id: CommitId,
  snapshot_id: SnapshotId,
  title: boundedText(1000),
  body: boundedText(262_144),
  changelog: Schema.Array(ChangelogEntry).check(Schema.isMaxLength(changelogMax)),
  agent_id: boundedText(256),
  model_id: boundedText(256),
  is_draft: Schema.Boolean,
  gpg_signature: boundedText(65_536),
  /** ISO 8601 as sent, verbatim. */
  created_at: boundedText(64)
})
export type Release = typeof Release.Type
