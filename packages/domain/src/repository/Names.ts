/**
 * Names that users choose: owners, slugs, branches, domains. Each pattern is what the `muse` client accepts
 * (docs/wire.md, sections 2 and 8), narrowed where a name would break another client.
 */
import { Result, Schema } from "effect"
import { utf8Length } from "../base/Bytes.ts"
import { cut } from "../base/text/cut.ts"
import { errorKind } from "../base/ErrorKind.ts"
import { isCommitId } from "../object/Id.ts"
import { boundedText } from "./boundedText.ts"

/** Owner names that would shadow a fixed route of the hub. */
const reservedOwners: ReadonlySet<string> = new Set([
  "api",
  "docs",
  "health",
  "hub",
  "metrics",
  "o",
  "openapi.json",
  "static",
  "users",
  "repositories",
  "login",
  "logout",
  "settings"
])

/**
 * A user, who may own repositories: 1 to 64 lower-case letters, digits and inner hyphens, and not a fixed route of the
 * hub.
 */
export const UserName = Schema.String.check(
  Schema.isPattern(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, {
    expected: "1 to 64 lower-case letters, digits and inner hyphens"
  }),
  Schema.makeFilter((name) => !reservedOwners.has(name) || "is reserved")
).pipe(Schema.brand("UserName"))
export type UserName = typeof UserName.Type

/** The display name of a repository: 1 to 255 characters of free text. */
export const RepositoryName = boundedText(255, 1).pipe(Schema.brand("RepositoryName"))
export type RepositoryName = typeof RepositoryName.Type

/** The description of a repository: at most 10,000 characters of free text. */
export const Description = boundedText(10_000).pipe(Schema.brand("Description"))
export type Description = typeof Description.Type

/** The name of a repository in URLs, made from its display name by `slugOf`. */
export const Slug = Schema.String.check(
  Schema.isPattern(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, {
    expected: "1 to 64 lower-case letters, digits and inner hyphens"
  })
).pipe(Schema.brand("Slug"))
export type Slug = typeof Slug.Type

/** The full name of a repository, as in its URL. */
export interface FullName {
  readonly owner: UserName
  readonly slug: Slug
}

export const fullNameText = ({ owner, slug }: FullName): string => `${owner}/${slug}`

const slugLengthMax = 64

/**
 * Makes the slug of a name (docs/wire.md, section 8): lower case, with each run outside `a-z0-9` replaced by `-`,
 * trimmed, cut to 64 characters; `repo` if nothing is left.
 */
export const slugOf = (name: string): Slug => {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, slugLengthMax + 1)
    .replace(/^-/, "")
    .slice(0, slugLengthMax)
    .replace(/-$/, "")
  return Slug.make(slug === "" ? "repo" : slug)
}

/** The client's plugin for a repository's files: `code`, `midi` and so on. */
export const Domain = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_-]{0,62}$/, { expected: "a lower-case letter, then up to 62 of a-z 0-9 _ -" })
).pipe(Schema.brand("Domain"))
export type Domain = typeof Domain.Type

export const BranchName = Schema.String.pipe(Schema.brand("BranchName"))
export type BranchName = typeof BranchName.Type

/** The branch name is invalid; `reason` completes the sentence "branch name … ". */
export class BranchNameRefused extends Schema.TaggedError<BranchNameRefused>()("BranchNameRefused", {
  kind: errorKind("refused"),
  name: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `branch name ${JSON.stringify(cut(this.name, 300))} ${this.reason}`
  }
}

const branchLengthMax = 255
/** The client makes one file per branch, and file systems limit a path segment to 255 bytes. */
const segmentBytesMax = 255

const refusedInBranch = /[\\\0\r\n\t]/

const refusal = (name: string): string | undefined => {
  if (name.length === 0) return "is empty"
  if ([...name].length > branchLengthMax) return `is longer than ${branchLengthMax} characters`
  if (!name.isWellFormed()) return "is not valid Unicode"
  if (refusedInBranch.test(name)) return "contains a backslash, NUL, tab or line break"
  if (name.startsWith(".") || name.endsWith(".")) return "starts or ends with a dot"
  if (name.startsWith("/") || name.endsWith("/")) return "starts or ends with a slash"
  if (name.includes("..")) return "contains two dots in a row"
  if (name.includes("//")) return "contains two slashes in a row"
  if (name.split("/").some((segment) => segment === ".")) return "has a segment that is a single dot"
  if (name.split("/").some((segment) => utf8Length(segment) > segmentBytesMax))
    return `has a segment of more than ${segmentBytesMax} bytes`
  return undefined
}

/** Checks a branch name by the client's own rules, so that every clone can write it. */
export const branchName = (name: string): Result.Result<BranchName, BranchNameRefused> => {
  const reason = refusal(name)
  return reason === undefined
    ? Result.succeed(name as BranchName)
    : Result.fail(new BranchNameRefused({ name, reason }))
}

/**
 * Checks the name of a branch that is to be created. One that reads as a commit's id is refused, since no revision
 * could name it (docs/names.md, "Names that are refused"). One that an earlier hub stored is still a branch.
 */
export const newBranchName = (name: string): Result.Result<BranchName, BranchNameRefused> =>
  isCommitId(name)
    ? Result.fail(new BranchNameRefused({ name, reason: "has 64 hex digits, so it would be read as a commit" }))
    : branchName(name)

/** The name of a hub document: one path segment that is safe in every store and file system. */
export const DocumentName = Schema.String.check(
  Schema.isPattern(/^[a-z0-9][a-z0-9._-]{0,199}$/, { expected: "lower-case letters, digits, '.', '_' or '-'" })
).pipe(Schema.brand("DocumentName"))
export type DocumentName = typeof DocumentName.Type

/** Returns the name of the hub document that claims an owner's slug. Neither part can contain the dot. */
export const nameDocument = ({ owner, slug }: FullName): DocumentName => DocumentName.make(`${owner}.${slug}`)
