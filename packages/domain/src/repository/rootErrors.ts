/** Errors of reading, creating and moving a root. */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { Sha256 } from "../object/Id.ts"

/** The store has no root of a repository that a name, a row of the index or an object belongs to. */
export class RootMissing extends Schema.TaggedError<RootMissing>()("RootMissing", {
  kind: errorKind("unavailable"),
  repository: Schema.String
}) {
  override get message() {
    return `the store has no repositories/${this.repository}/root`
  }
  get publicMessage() {
    return (
      "the object store lacks the refs of this repository at the moment; try again later, and tell the hub's " +
      "operator if that does not help"
    )
  }
}

/** A chunk of refs that the root leads to cannot be read. */
export class RefsLost extends Schema.TaggedError<RefsLost>()("RefsLost", {
  kind: errorKind("unavailable"),
  repository: Schema.String,
  /** What it lists, in the plural: `tags`. */
  what: Schema.String,
  chunk: Sha256,
  reason: Schema.String
}) {
  override get message() {
    return `repositories/${this.repository}/refs/${this.chunk}, a list of ${this.what}, cannot be read: ${this.reason}`
  }
  get publicMessage() {
    return (
      `the store lacks a part of the list of this repository's ${this.what}, refs/${this.chunk}; the hub's operator ` +
      "has to restore that file, and until then what needs it is refused and changes nothing"
    )
  }
}

/** Other writers won every attempt. Nothing was changed; the caller may send the same call again. */
export class RootContended extends Schema.TaggedError<RootContended>()("RootContended", {
  kind: errorKind("conflict"),
  repository: Schema.String,
  attempts: Schema.Int
}) {
  override get message() {
    return `other writers moved the repository ${this.attempts} times in a row; try again`
  }
}

/** The write was sent, but neither its answer nor the state after it could be read. It may have happened. */
export class RootOutcomeUnknown extends Schema.TaggedError<RootOutcomeUnknown>()("RootOutcomeUnknown", {
  kind: errorKind("unavailable"),
  repository: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return (
      "the object store stopped answering while the refs were written; fetch to see whether the write happened, " +
      "and try again if it did not"
    )
  }
  get publicMessage() {
    return this.message
  }
}

/** The repository is archived: it can be read and does not change. */
export class RepositoryArchived extends Schema.TaggedError<RepositoryArchived>()("RepositoryArchived", {
  kind: errorKind("forbidden"),
  name: Schema.String
}) {
  override get message() {
    return `${this.name} is archived, so it can only be read; an administrator of it can unarchive it`
  }
}

/** The caller's right to the change was taken away after the request began. */
export class AccessLost extends Schema.TaggedError<AccessLost>()("AccessLost", {
  kind: errorKind("forbidden"),
  repository: Schema.String
}) {
  override get message() {
    return "your access to this repository was taken away while the request was under way; nothing was changed"
  }
}

/** The repository was deleted longer ago than the deletion could be undone, and a collection took its bytes. */
export class RepositoryErased extends Schema.TaggedError<RepositoryErased>()("RepositoryErased", {
  kind: errorKind("not found"),
  name: Schema.String,
  /** When it was deleted: ISO 8601, UTC. */
  at: Schema.String
}) {
  override get message() {
    return (
      `${this.name} was deleted at ${this.at}, and its bytes were collected since, so it cannot be brought back; ` +
      "its name is free for a new repository"
    )
  }
}

/** Another repository has the name, or is about to have it. */
export class RepositoryNameTaken extends Schema.TaggedError<RepositoryNameTaken>()("RepositoryNameTaken", {
  kind: errorKind("conflict"),
  owner: Schema.String,
  slug: Schema.String
}) {
  override get message() {
    return `there is already a repository ${this.owner}/${this.slug}`
  }
}

/** The repository already exists. */
export class RootExists extends Schema.TaggedError<RootExists>()("RootExists", {
  kind: errorKind("conflict"),
  repository: Schema.String
}) {
  override get message() {
    return `repository ${this.repository} exists already`
  }
}
