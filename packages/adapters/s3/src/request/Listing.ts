/**
 * Listings in pages. A page starts after a name, not at a token of the service, so it can be requested again at any
 * time, also by another process. A name that the domain does not use is skipped.
 */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"
import type { S3Connection } from "../S3Connection.ts"
import { passing, type S3Fault } from "../S3Fault.ts"

/** One key of a folder. */
export interface Entry {
  /** The key without the folder. */
  readonly name: string
  readonly size: number
  readonly modifiedMillis: number
}

interface Named {
  readonly name: string
}

/** Rounds down to whole seconds, as in a HEAD: the same object must not have two dates. */
export const modifiedMillisOf = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000

/** The most entries in one answer of a service. */
const entriesMax = 1000

/** Lists the keys in `folder` whose names match `accept`, ascending. */
export const listEntries = (
  s3: S3Connection,
  folder: string,
  accept: RegExp,
  page: PageRequest
): Effect.Effect<Page<Entry>, S3Fault> =>
  readPage(s3, { folder, accept, page, startAfter: page.after, delimiter: undefined }, (answer, prefix) =>
    (answer.Contents ?? []).flatMap(({ Key, Size, LastModified }) =>
      Key === undefined || Size === undefined || LastModified === undefined
        ? []
        : [{ name: Key.slice(prefix.length), size: Size, modifiedMillis: modifiedMillisOf(LastModified) }]
    )
  )

/** Lists the folders in `folder` whose names match `accept`, ascending. */
export const listFolders = (
  s3: S3Connection,
  folder: string,
  accept: RegExp,
  page: PageRequest
): Effect.Effect<Page<Named>, S3Fault> => {
  // Everything in a folder sorts before `<folder>0`, since '0' follows '/'. Services treat `<folder>/` itself
  // differently.
  const startAfter = page.after === undefined ? undefined : `${page.after}0`
  return readPage(s3, { folder, accept, page, startAfter, delimiter: "/" }, (answer, prefix) =>
    (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
      Prefix === undefined ? [] : [{ name: Prefix.slice(prefix.length, -1) }]
    )
  )
}

interface Question {
  readonly folder: string
  readonly accept: RegExp
  readonly page: PageRequest
  readonly startAfter: string | undefined
  readonly delimiter: "/" | undefined
}

/** Sends requests until the page is full of names that match `accept`, or the folder ends. */
const readPage = Effect.fnUntraced(function* <A extends Named>(
  s3: S3Connection,
  { folder, accept, page, startAfter, delimiter }: Question,
  entriesOf: (answer: ListObjectsV2CommandOutput, prefix: string) => ReadonlyArray<A>
): Effect.fn.Return<Page<A>, S3Fault> {
  const prefix = s3.config.prefix + folder
  const limit = Math.min(Math.max(page.limit, 1), entriesMax)
  const items: Array<A> = []
  let token: string | undefined = undefined
  for (;;) {
    const input = {
      Bucket: s3.config.bucket,
      Prefix: prefix,
      MaxKeys: limit - items.length,
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(token !== undefined
        ? { ContinuationToken: token }
        : startAfter !== undefined
          ? { StartAfter: prefix + startAfter }
          : {})
    }
    const answer: ListObjectsV2CommandOutput = yield* s3.idempotent((client, options) =>
      client.send(new ListObjectsV2Command(input), options)
    )
    items.push(...entriesOf(answer, prefix).filter(({ name }) => accept.test(name)))
    if (answer.IsTruncated !== true) return { items, next: Option.none() }
    if (items.length >= limit) return { items, next: Option.fromNullishOr(items.at(-1)?.name) }
    token = answer.NextContinuationToken
    if (token === undefined) {
      return yield* passing("BrokenListing", "the listing goes on, but the service does not say where")
    }
  }
})
