import { generate, shapes } from "/work/main/bench/src/load/GeneratedRepository.ts"
import { fetchRequest, pushRequests } from "/work/main/bench/src/load/requests.ts"
import * as C from "/work/main/bench/src/load/client.ts"
import { startHub } from "/work/main/bench/src/load/Hub.ts"
import { rmSync } from "node:fs"
const which = (process.argv[2] ?? "A") as "A"|"B"|"ten"
const runs = Number(process.argv[3] ?? 2)
const prof = process.argv[4]
const store = process.env.QSTORE ?? "file:/tmp/benchx/objects"
rmSync("/tmp/benchx/objects", { recursive: true, force: true })
let t = performance.now()
const g = generate(shapes[which]); const r = pushRequests(g.commits, g.blobs)
console.log("generated", ((performance.now()-t)/1000).toFixed(1), "objects", r.objectCount, "blobs", g.blobs.size, "bytes", r.bytes/1e6, "push", r.push.byteLength/1e6)
const hub = await startHub({ objectStore: store, index: process.env.QINDEX ?? "embedded:/tmp/benchx/pg", nodeFlags: prof ? ["--cpu-prof", "--cpu-prof-dir=/tmp/benchx/prof-"+prof, "--cpu-prof-interval=500"] : [] })
for (let i = 0; i < runs; i++) {
  const name = `r${Date.now()}`
  const path = await C.createRepository(hub, "bench", name)
  const [p, cost] = await hub.costOf(() => C.push(hub, path, r))
  console.log("push ", JSON.stringify(p, (k, v) => typeof v === "number" ? Math.round(v) : v), JSON.stringify(cost))
  const tip = g.commits.at(-1)!.id
  const n = Number(process.env.FETCHES ?? 1)
  for (let j = 0; j < n; j++) {
  const [f, fc] = await hub.costOf(() => C.fetchAndForget(hub, path, fetchRequest([tip])))
  console.log("fetch", JSON.stringify(f, (k, v) => typeof v === "number" ? Math.round(v) : v), JSON.stringify(fc))
  }
  if (i === 0) console.log(await C.fetchCounts(hub, path, fetchRequest([tip])))
}
await hub.stop()
