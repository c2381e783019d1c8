/**
 * The memory that planning a garbage collection takes, in a process of its own, for a repository of 1,000,000 objects
 * in a folder. The database is another process in a hub, so answers take its place: that it reflects the root.
 *
 * Without arguments it makes the folder, measures and deletes it.
 */
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import { compactHeap } from "@musehub/cli/command/operation/compactHeap"
import { expected } from "@musehub/domain/base/expected"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { Packs } from "@musehub/domain/invariant/packs/Packs"
import { Roots } from "@musehub/domain/invariant/Roots"
import { blobOf } from "@musehub/domain/object/Blob"
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import type { BlobId } from "@musehub/domain/object/Id"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { BranchName } from "@musehub/domain/repository/Names"
import { HistoryTarget } from "@musehub/domain/usecase/operations/adopt/HistoryTarget"
import { planGc } from "@musehub/domain/usecase/operations/gc/planGc"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { Context, Effect, Layer, type Scope } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { at, newRepository, startHub } from "../../../test/src/domain/support/hubSamples.ts"
import { memoryIndex } from "../../../test/src/domain/support/rootSamples.ts"
import { timeOf } from "../../../test/src/legacy/legacyLine.ts"
import { benchFolder } from "../benchFolder.ts"
import { peakMiB } from "../load/process.ts"

/** New files of each commit, which are all that its tree has. With its commit and its snapshot they are 50 objects. */
const files = 48
const commits = 20_000
const main = BranchName.make("main")

const openStore = (folder: string) =>
  Effect.map(Layer.build(FilesystemObjectStore.layer(folder)), (built) => Context.get(built, ObjectStore))

/** Makes a repository with a line of commits. */
const make = Effect.fnUntraced(function* (folder: string) {
  const hub = yield* startHub({ store: yield* openStore(folder) })
  yield* at(hub)(probe())
  const { id } = yield* newRepository(hub)
  yield* at(hub)(
    Effect.gen(function* () {
      const target = new HistoryTarget(yield* (yield* Roots).read(id), () => Effect.void)
      let parent: Commit | undefined
      for (let number = 0; number < commits; number += 1) {
        const manifest = new Map<string, BlobId>()
        for (let file = 0; file < files; file += 1) {
          const blob = blobOf(new TextEncoder().encode(`${number} ${file}`))
          yield* target.packs.add(blob)
          manifest.set(`file-${file}`, blob.id)
        }
        const snapshot = makeSnapshot(manifest, timeOf(number))
        parent = makeCommit({
          branch: main,
          snapshot_id: snapshot.id,
          message: `commit ${number}`,
          committed_at: timeOf(number),
          author: "ada",
          parent_commit_id: parent?.id ?? null
        })
        yield* target.addCommit(parent, snapshot)
        yield* target.nameMany
      }
      const head = expected(parent, "a commit").id
      yield* target.finish((root) =>
        Effect.map(withHead(root, main, head), ({ heads }) => ({
          root: { heads },
          change: { action: "push", by: root.repository.owner, at: timeOf(commits), moves: [] }
        }))
      )
    })
  )
})

/** Plans a collection of what the folder has. */
const plan = Effect.fnUntraced(function* (folder: string) {
  const store = yield* openStore(folder)
  const plain = yield* memoryIndex
  const roots = yield* startHub({ store, index: plain })
  const [id] = (yield* store.listRepositories({ limit: 1 })).items
  const root = yield* at(roots)(Effect.flatMap(Roots, ({ read }) => read(expected(id, "a repository"))))
  const named = yield* at(roots)(Effect.flatMap(Packs, ({ namedBy }) => namedBy(root.value)))
  const { repository, sequence } = root.value
  const row = { repository, branches: 1, rootSequence: sequence, rootSha256: root.sha256 }
  const packs = new Set(named.map(({ sha256 }) => sha256))
  const index = {
    ...plain,
    repositoryByName: () => Effect.succeedSome(row),
    packs: () => Effect.succeed({ rootSequence: sequence, packs })
  }
  yield* compactHeap
  const started = performance.now()
  const found = yield* at(yield* startHub({ store, index }))(planGc({ onRefused: Effect.die }))
  const seconds = (performance.now() - started) / 1000
  const objects = named.reduce((sum, ref) => sum + ref.objects, 0)
  process.stdout.write(
    `${objects} objects in ${named.length} packs: ${found.entries.length} entries, ${seconds.toFixed(1)} s, ` +
      `peak ${peakMiB(process.pid).toFixed(0)} MiB\n`
  )
})

/** Runs a part in a process of its own, with the settings of a hub. */
const inProcess = async (part: string, folder: string): Promise<void> => {
  const child = spawn(process.execPath, ["--max-semi-space-size=8", fileURLToPath(import.meta.url), part, folder], {
    stdio: "inherit"
  })
  const [code] = (await once(child, "close")) as [number | null]
  if (code !== 0) throw new Error(`${part} ended with code ${code}`)
}

const [part, given = ""] = process.argv.slice(2)
if (part === "make" || part === "plan") {
  const run: Effect.Effect<void, unknown, Scope.Scope> = part === "make" ? make(given) : plan(given)
  await Effect.runPromise(Effect.scoped(run))
} else {
  const folder = await benchFolder("musehub-gc-")
  try {
    for (const each of ["make", "plan"]) await inProcess(each, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
