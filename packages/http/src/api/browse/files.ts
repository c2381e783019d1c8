/** Handlers of folders and files. */
import { languageOf } from "@musehub/domain/reading/languageOf"
import type { TreeItem as DomainItem } from "@musehub/domain/reading/Tree"
import { archiveTree } from "@musehub/domain/usecase/browse/archiveTree"
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { lastCommits } from "@musehub/domain/usecase/browse/lastCommits"
import { completenessOf } from "@musehub/domain/usecase/browse/pathHistory"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { treeItemJson } from "@musehub/domain/usecase/browse/treeItemJson"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached } from "../../cached.ts"
import { rangedObject } from "../../rangedObject.ts"
import { streamedObject } from "../../streamed.ts"
import { Api } from "../Api.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"
import { controlOf } from "./controlOf.ts"
import { paged, pageRequest } from "../page.ts"
import { containing, contentTypeOf } from "./rawHeaders.ts"
import { answering, opened } from "../request.ts"

type LastCommits = ReadonlyMap<string, SaidCommit>

/** What `with=lastCommit` adds to an item. */
const lastOf = (last: LastCommits | undefined, path: string) =>
  last === undefined ? {} : { lastCommit: last.get(path) ?? null }

const itemWith = (last: LastCommits | undefined) => (found: DomainItem) => ({
  ...treeItemJson(found),
  ...lastOf(last, found.path)
})

/** What an answer without `with` has: all. */
const nothingDerived = { complete: true }

export const browse = HttpApiBuilder.group(Api, "browse", (handlers) =>
  handlers
    .handle(
      "tree",
      answering(({ params, query: { path, recursive, ref, with: added, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const listed = yield* listTree(open, { path, recursive, ref }, yield* pageRequest(page))
          const { commitId, path: shown, snapshotId } = listed
          const { complete } = added === undefined ? nothingDerived : yield* completenessOf(open)
          const last = added === undefined ? Effect.undefined : lastCommits(open, commitId, listed.items)
          return yield* cachedIfComplete(
            open,
            { complete, etag: `"${commitId}"`, ref },
            Effect.gen(function* () {
              const items = yield* paged(listed, itemWith(yield* last))
              return { commitId, snapshotId, path: shown, ...items }
            })
          )
        })
      )
    )
    .handle(
      "blob",
      answering(({ params, query: { path, ref, with: added } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const file = yield* openFile(open, { path, ref })
          const { blob: blobId, commitId, size } = file
          const { complete } = added === undefined ? nothingDerived : yield* completenessOf(open)
          const last = added === undefined ? Effect.undefined : lastCommits(open, commitId, [{ path, blob: blobId }])
          return yield* cachedIfComplete(
            open,
            { complete, etag: `"${commitId}"`, ref },
            Effect.gen(function* () {
              const { binary, text = null } = yield* readText(file)
              const language = languageOf(path)
              return { commitId, path, blobId, size, binary, language, text, ...lastOf(yield* last, path) }
            })
          )
        })
      )
    )
    .handle(
      "raw",
      answering(({ params, query: { path, ref } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const file = yield* openFile(open, { path, ref })
          const etag = `"${file.blob}"`
          return yield* cached(
            { etag, control: controlOf(open, ref) },
            rangedObject(file, { etag, contentType: contentTypeOf(path), headers: containing(path) })
          )
        })
      )
    )
    .handle(
      "archive",
      answering(({ params, query: { format = "tar.gz", ref } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const { commitId, content, name } = yield* archiveTree(open, { format, ref })
          return yield* cached(
            { etag: `"${commitId}"`, control: controlOf(open, ref) },
            streamedObject(content, {
              contentType: format === "zip" ? "application/zip" : "application/gzip",
              headers: { "content-disposition": `attachment; filename="${name}.${format}"` }
            })
          )
        })
      )
    )
)
