/** Pushes one more commit to a repository with few refs and to one with 100,000 branches and tags. */
import { Roots, layer as rootsLayer } from "@musehub/domain/invariant/Roots"
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId, CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { tagsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { TagId } from "@musehub/domain/repository/Tag"
import { withRefs } from "@musehub/domain/invariant/refs/refs"
import { Effect, Layer } from "effect"
import { call, createRepository, push, type Remote } from "../client/client.ts"
import { pushRequests } from "../client/requests.ts"
import { type GeneratedCommit, growing, shapes } from "../GeneratedRepository.ts"
import { hubUser } from "../Hub.ts"
import { collectGarbage, type Figure, inTurn } from "../measure.ts"
import { type Bench, scaled, withHub } from "./Bench.ts"

/** One push takes milliseconds, so it is repeated more often than other measurements. */
const repeats = 15
const scenario = "manyRefs"

const few = 10
const many = 100_000

/** Adds branches and tags to a repository, past the hub: thousands of requests would take hours. */
const fill = async ({ store }: Bench, repository: RepositoryId, head: CommitId, count: number) => {
  const url = await store.url(scenario)
  await Effect.runPromise(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository, (root) =>
        Effect.gen(function* () {
          const numbers = Array.from({ length: count - 1 }, (_, place) => String(place).padStart(12, "0"))
          const heads = yield* withRefs(
            root,
            root.heads,
            numbers.map((number) => [BranchName.make(`branch/${number}`), head])
          )
          const entry = { tag: "a label", commit: head, record: sha256("x") }
          const tags = RefList.of(
            tagsKind,
            numbers.map((number) => [TagId.make(`00000000-0000-4000-8000-${number}`), entry])
          )
          const at = new Date().toISOString()
          return {
            root: { heads, tags },
            change: { action: "create-branch", by: UserName.make(hubUser), at, moves: [] }
          }
        })
      )
    ).pipe(Effect.provide(Layer.provideMerge(rootsLayer, store.adapter.layer(url))), Effect.orDie)
  )
}

/** Makes a repository with so many branches and tags. A push is measured without its request for the refs. */
const prepare = async (bench: Bench, remote: Remote, count: number) => {
  const { blobs, next } = growing(shapes.ten)
  const { id, path } = await createRepository(remote, hubUser, `refs-${count}`)
  const sent = new Set<BlobId>()
  const send = (commits: ReadonlyArray<GeneratedCommit>) => {
    const fresh = new Map([...blobs].filter(([blob]) => !sent.has(blob)))
    for (const blob of fresh.keys()) sent.add(blob)
    // The answer of 10 MB that names all refs is the client's garbage.
    return push(remote, path, pushRequests(commits, fresh), collectGarbage)
  }
  const first = next()
  await send([first])
  await fill(bench, id, first.id, count)
  return {
    pushed: async () => {
      const { objects, push: moved } = await send([next()])
      return (objects + moved) / 1000
    },
    refs: async () => {
      const start = performance.now()
      await call(remote, "GET", `${path}/refs`)
      return (performance.now() - start) / 1000
    }
  }
}

export const manyRefs = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, scenario, async (hub) => {
    const { name } = bench.store
    const count = scaled(bench, many)
    const onFew = await prepare(bench, hub, few)
    const onMany = await prepare(bench, hub, count)
    for (let warmUp = 0; warmUp < 3; warmUp++) {
      for (const { pushed, refs } of [onFew, onMany]) {
        await pushed()
        await refs()
      }
    }
    const pushes = await inTurn(repeats, { few: onFew.pushed, many: onMany.pushed })
    const asked = await inTurn(repeats, { few: onFew.refs, many: onMany.refs })
    const refs = `${count.toLocaleString("en")} branches and tags`
    return [
      { what: `${name}: push 1 commit, ${few} branches and tags`, seconds: pushes.few },
      {
        what: `${name}: push 1 commit, ${refs}`,
        seconds: pushes.many,
        ratios: [[`with ${few}`, pushes.many / pushes.few]]
      },
      { what: `${name}: refs of ${few}`, seconds: asked.few },
      { what: `${name}: refs of ${refs}`, seconds: asked.many }
    ]
  })
