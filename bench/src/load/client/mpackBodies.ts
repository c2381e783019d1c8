/** Pushes as mpack streams (docs/mpack.md): the objects as they are stored, in the order of the stream. */
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import { mpackOrder } from "@musehub/domain/wire/mpack/mpackOrder"
import { headerOf } from "@musehub/domain/wire/mpack/test/testing"
import { type MpackSource, writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, Stream } from "effect"
import { bareObjects } from "../bare/bareObjects.ts"
import type { Body } from "./client.ts"
import type { GeneratedRepository } from "../GeneratedRepository.ts"

/** The content of a push, and the commit that the branch moves to. */
export interface MpackContent {
  readonly sources: ReadonlyArray<MpackSource>
  readonly tip: CommitId
}

const typeOf = { blobs: "blob", snapshots: "snapshot", commits: "commit" } as const

/** Builds a push of these commits, without the blobs and snapshots that were sent before. */
export const mpackContent = (repository: GeneratedRepository, sent: ReadonlySet<string> = new Set()): MpackContent => {
  const tip = repository.commits.at(-1)?.id
  if (tip === undefined) throw new Error("a push needs a commit")
  const objects = new Map(
    bareObjects(repository)
      .filter(({ id }) => !sent.has(id))
      .map(({ folder, id, bytes }) => [
        `${typeOf[folder]} ${id}`,
        { size: bytes.byteLength, content: bytes, id, folder }
      ])
  )
  const idsIn = (wanted: "blobs" | "snapshots") =>
    [...objects.values()].filter(({ folder }) => folder === wanted).map(({ id }) => id)
  const order = mpackOrder({
    commits: repository.commits.map(({ id, snapshot, changes }) => ({
      id,
      snapshotId: snapshot.id,
      introduces: [...new Set(changes.values())]
    })),
    // The folder determines the brand.
    snapshots: idsIn("snapshots") as Array<SnapshotId>,
    blobs: idsIn("blobs") as Array<BlobId>
  })
  const sources = Array.from(order, (entry): MpackSource => {
    const object = objects.get(`${entry.type} ${entry.id}`)
    if (object === undefined) throw new Error(`${entry.type} ${entry.id} was not generated`)
    return { ...entry, size: object.size, content: object.content }
  })
  return { sources, tip }
}

const streamOf = (repository: RepositoryId, { sources, tip }: MpackContent, branch: string) => {
  const header = headerOf(sources, { push: { branch, force: false, head: tip } })
  return writeMpack({ ...header, repository }, Stream.fromIterable(sources))
}

/** The push, encoded beforehand, so that only the server's time is measured. */
export const writtenPush = async (
  repository: RepositoryId,
  content: MpackContent,
  branch = "main"
): Promise<Uint8Array> =>
  Buffer.concat(await Effect.runPromise(Stream.runCollect(streamOf(repository, content, branch))))

/** The push, encoded as the socket takes it. */
export const streamedPush = (repository: RepositoryId, content: MpackContent, branch = "main"): Body => ({
  pieces: () => Stream.toAsyncIterable(streamOf(repository, content, branch))
})
