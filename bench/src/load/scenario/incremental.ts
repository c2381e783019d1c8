/** Pushes one more commit onto a short history and onto a long one; both must cost the same. */
import type { BlobId } from "@musehub/domain/object/Id"
import { createRepository, push, type Remote } from "../client/client.ts"
import { type GeneratedCommit, growing, shapes, type Shape } from "../GeneratedRepository.ts"
import { type Figure, inTurn } from "../measure.ts"
import { pushRequests } from "../client/requests.ts"
import { type Bench, scaledShape, withHub } from "./Bench.ts"

/** One push takes milliseconds, so it is repeated more often than other measurements. */
const repeats = 15

/** Pushes the whole history and returns a function that makes one commit and pushes it. */
const prepare = async (remote: Remote, shape: Shape, history: number) => {
  const { blobs, next } = growing(shape)
  const { path } = await createRepository(remote, "bench", `incremental-${shape.name}`)
  const sent = new Set<BlobId>()
  const send = async (commits: ReadonlyArray<GeneratedCommit>) => {
    const fresh = new Map([...blobs].filter(([id]) => !sent.has(id)))
    for (const id of fresh.keys()) sent.add(id)
    return push(remote, path, pushRequests(commits, fresh))
  }
  await send(Array.from({ length: history }, () => next()))
  return async () => (await send([next()])).total / 1000
}

export const incremental = (bench: Bench): Promise<ReadonlyArray<Figure>> =>
  withHub(bench, "incremental", async (hub) => {
    const long = scaledShape(bench, shapes.B)
    const onShort = await prepare(hub, shapes.ten, shapes.ten.commits)
    const onLong = await prepare(hub, long, long.commits)
    for (let warmUp = 0; warmUp < 3; warmUp++) {
      await onShort()
      await onLong()
    }
    const seconds = await inTurn(repeats, { onShort, onLong })
    const { name } = bench.store
    return [
      { what: `${name}: push 1 commit onto 10`, seconds: seconds.onShort },
      {
        what: `${name}: push 1 commit onto ${long.commits.toLocaleString("en")}`,
        seconds: seconds.onLong,
        ratios: [["onto 10", seconds.onLong / seconds.onShort]]
      }
    ]
  })
