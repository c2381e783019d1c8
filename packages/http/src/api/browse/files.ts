/** Handlers of folders and files. */
import { languageOf } from "@musehub/domain/reading/languageOf"
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { treeItemJson } from "@musehub/domain/usecase/browse/treeItemJson"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached } from "../../cached.ts"
import { rangedObject } from "../../rangedObject.ts"
import { Api } from "../Api.ts"
import { controlOf } from "./controlOf.ts"
import { paged, pageRequest } from "../page.ts"
import { containing, contentTypeOf } from "./rawHeaders.ts"
import { answering, opened } from "../request.ts"

export const browse = HttpApiBuilder.group(Api, "browse", (handlers) =>
  handlers
    .handle(
      "tree",
      answering(({ params, query: { path, recursive, ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const listed = yield* listTree(open, { path, recursive, ref }, yield* pageRequest(page))
          const { commitId, path: shown, snapshotId } = listed
          return yield* cached(
            { etag: `"${commitId}"`, control: controlOf(open, ref) },
            Effect.map(paged(listed, treeItemJson), (items) => ({ commitId, snapshotId, path: shown, ...items }))
          )
        })
      )
    )
    .handle(
      "blob",
      answering(({ params, query: { path, ref } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const file = yield* openFile(open, { path, ref })
          const { blob: blobId, commitId, size } = file
          return yield* cached(
            { etag: `"${commitId}"`, control: controlOf(open, ref) },
            Effect.map(readText(file), ({ binary, text = null }) => ({
              commitId,
              path,
              blobId,
              size,
              binary,
              language: languageOf(path),
              text
            }))
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
)
