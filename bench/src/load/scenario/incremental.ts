/**
 * Pushes one more commit: onto a short history and onto a long one, which must cost the same, and onto repositories of
 * many files, each in turn with git.
 */
import type { BlobId } from "@musehub/domain/object/Id"
import { join } from "node:path"
import { createRepository, push, type Remote } from "../client/client.ts"
import { growing, shapes, type Shape } from "../GeneratedRepository.ts"
import { gitOf } from "../git/git.ts"
import { type Figure, inTurn, timed } from "../measure.ts"
import { pushRequests } from "../client/requests.ts"
import { type Bench, scaledShape, withHub } from "./Bench.ts"

/** One push takes milliseconds, so it is repeated more often than other measurements. */
const repeats = 15
const warmUps = 3

/** Pushes a whole history to the hub and to git, and returns how each takes one commit more. */
const prepare = async (bench: Bench, remote: Remote, shape: Shape) => {
  const { blobs, next } = growing(shape)
  const { path } = await createRepository(remote, "bench", `incremental-${shape.name}`)
  const sent = new Set<BlobId>()
  const commit = (count: number) => {
    const commits = Array.from({ length: count }, () => next())
    const fresh = new Map([...blobs].filter(([id]) => !sent.has(id)))
    for (const id of fresh.keys()) sent.add(id)
    return { name: shape.name, commits, blobs: fresh }
  }
  const pushToHub = async () => (await push(remote, path, pushRequests(last.commits, last.blobs))).total / 1000
  let last = commit(shape.commits)
  const git = await gitOf(join(bench.folder, `git-incremental-${shape.name}`), last)
  await git.prepare(shape.name)
  await git.push(shape.name)
  await pushToHub()
  return {
    hub: () => {
      last = commit(1)
      return pushToHub()
    },
    /** Takes the commit that the hub took before. */
    git: async () => {
      await git.add(last)
      return timed(() => git.push(shape.name))
    },
    close: git.close
  }
}

export const incremental = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "incremental", async (hub) => {
    const long = scaledShape(bench, shapes.B)
    const wide = scaledShape(bench, shapes.C)
    const onShort = await prepare(bench, hub, shapes.ten)
    const onLong = await prepare(bench, hub, long)
    const onA = await prepare(bench, hub, scaledShape(bench, shapes.A))
    const onWide = await prepare(bench, hub, wide)
    const all = [onShort, onLong, onA, onWide]
    try {
      for (let warmUp = 0; warmUp < warmUps; warmUp++) {
        for (const { git, hub } of all) {
          await hub()
          await git()
        }
      }
      const seconds = await inTurn(repeats, {
        onShort: onShort.hub,
        shortGit: onShort.git,
        onLong: onLong.hub,
        longGit: onLong.git,
        onA: onA.hub,
        aGit: onA.git,
        onWide: onWide.hub,
        wideGit: onWide.git
      })
      const figure = (onto: string, hub: number, git: number, ratios: Figure["ratios"] = []): Figure => ({
        what: `${bench.store.name}: push 1 commit onto ${onto}`,
        seconds: hub,
        ratios: [...ratios, ["git", hub / git]]
      })
      return [
        figure("10 commits", seconds.onShort, seconds.shortGit),
        figure(`${long.commits.toLocaleString("en")} commits`, seconds.onLong, seconds.longGit, [
          ["onto 10", seconds.onLong / seconds.onShort]
        ]),
        figure("A", seconds.onA, seconds.aGit),
        figure(`${wide.files.toLocaleString("en")} files`, seconds.onWide, seconds.wideGit)
      ]
    } finally {
      for (const { close } of all) close()
    }
  })
