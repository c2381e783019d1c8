/**
 * Listings: one readdir, sorted and cut to the page. Names that the store does not use are skipped; a failure is
 * reported.
 */
import { RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import type { ObjectHead, Documents, ObjectStore } from "@musehub/domain/port/ObjectStore"
import { type Page, pageOf, type PageRequest } from "@musehub/domain/port/Page"
import {
  collectionFolder,
  type DocumentCollection,
  immutableFolder,
  type ImmutableType
} from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, identity, Schema } from "effect"
import { join } from "node:path"
import { attempt } from "./fault.ts"
import { headOf, type OpenStore } from "./Objects.ts"
import { codeOf, opendir, readdir, stat } from "./system.ts"

const isObjectId = Schema.is(Sha256)
const isRepositoryId = Schema.is(RepositoryId)
const isDocumentName = Schema.is(DocumentName)

const repositoriesFolder = "repositories/"

/** The most `stat` calls that wait in Node's pool, so that other operations get in between. */
const concurrencyMax = 64

export const makeListing = (
  store: OpenStore
): Pick<ObjectStore["Service"], "list" | "listRepositories"> & { readonly listDocuments: Documents["list"] } => {
  const { permits, top } = store

  const list = (repository: RepositoryId, type: ImmutableType, page: PageRequest) => {
    const folder = immutableFolder(repository, type)
    return permits.withPermit(
      attempt("list", folder, async (): Promise<Page<ObjectHead>> => {
        const names = (await namesIn(join(top, folder))).filter(isObjectId)
        const { items, next } = pageOf(names.toSorted(), identity, page)
        const heads = await mapBounded(items, (id) =>
          unlessMissing(undefined, async () => headOf(folder + id, id, await stat(join(top, folder, id))))
        )
        return { items: heads.filter((head) => head !== undefined), next }
      })
    )
  }

  /**
   * Says whether a folder holds a file at any depth. Deleting objects leaves their folders behind, so a folder alone
   * counts as nothing.
   */
  const hasAnything = async (folder: string): Promise<boolean> =>
    unlessMissing(false, async () => {
      for await (const entry of await opendir(folder)) {
        if (!entry.isDirectory() || (await hasAnything(join(folder, entry.name)))) return true
      }
      return false
    })

  const listRepositories = (page: PageRequest) =>
    permits.withPermit(
      attempt("list", repositoriesFolder, async (): Promise<Page<RepositoryId>> => {
        const folder = join(top, repositoriesFolder)
        const { after = "", limit } = page
        const candidates = (await namesIn(folder))
          .filter(isRepositoryId)
          .filter((name) => name > after)
          .toSorted()
        const found: Array<RepositoryId> = []
        // One more than the page holds shows that there is a next page.
        for (let start = 0; start < candidates.length && found.length <= limit; start += concurrencyMax) {
          const some = candidates.slice(start, start + concurrencyMax)
          const inUse = await Promise.all(some.map((name) => hasAnything(join(folder, name))))
          found.push(...some.filter((_, index) => inUse[index]))
        }
        return pageOf(found, identity, page)
      })
    )

  const listDocuments = (collection: DocumentCollection, page: PageRequest) => {
    const folder = collectionFolder(collection)
    return permits.withPermit(
      attempt("list", folder, async () => {
        const names = (await namesIn(join(top, folder))).filter(isDocumentName)
        return pageOf(names.toSorted(), identity, page)
      })
    )
  }

  return {
    list: Effect.fn("FilesystemObjectStore.list")(list),
    listRepositories: Effect.fn("FilesystemObjectStore.listRepositories")(listRepositories),
    listDocuments: Effect.fn("FilesystemObjectStore.documents.list")(listDocuments)
  }
}

const unlessMissing = async <A, B>(otherwise: B, run: () => Promise<A>): Promise<A | B> => {
  try {
    return await run()
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return otherwise
    throw cause
  }
}

const namesIn = (folder: string): Promise<ReadonlyArray<string>> => unlessMissing([], () => readdir(folder))

const mapBounded = async <A, B>(items: ReadonlyArray<A>, map: (item: A) => Promise<B>): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  for (let start = 0; start < items.length; start += concurrencyMax) {
    results.push(...(await Promise.all(items.slice(start, start + concurrencyMax).map(map))))
  }
  return results
}
