/** A hub whose audit log is kept, and new repositories on it for calls to begin with. */
import { Effect } from "effect"
import { auditedHub } from "../../hub/auditedHub.ts"
import { tokenFor } from "../../hub/Hub.ts"
import { commitTo, growing } from "../../muse/history.ts"
import { bundleFor, pushBody, uploadBlobs } from "../../muse/LocalRepository.ts"
import { call, createRepository, ok, post } from "../../muse/MuseClient.ts"
import { type Sendable, toJson } from "../../muse/Value.ts"
import type { Row } from "./changes.ts"
import type { Refused } from "./refusals.ts"
import type { Scene, Who } from "./Scene.ts"

export const stage = Effect.gen(function* () {
  const { events, hub } = yield* auditedHub()
  const tokens: { readonly [W in Who]: string } = {
    ada: yield* tokenFor(hub, "ada"),
    bob: yield* tokenFor(hub, "bob"),
    "ada's writer": yield* tokenFor(hub, "ada", { scope: "write" })
  }
  const secrets = new Set(Object.values(tokens))
  const rest = (who: Who, method: string, path: string, body?: Sendable) =>
    call(
      { url: hub.url, repository: "api/v1", token: tokens[who] },
      method,
      path.slice(1),
      body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
      { accept: "application/json", contentType: "application/json" }
    )
  let scenes = 0
  const scene = Effect.gen(function* () {
    scenes += 1
    const target = yield* createRepository(hub.url, tokens.ada, `ada/scene-${scenes}`)
    const local = growing()
    const first = commitTo(local, "main", { "a.txt": "a" })
    const second = commitTo(local, "main", { "a.txt": "b" })
    local.heads.set("side", second)
    commitTo(local, "side", { "a.txt": "c" })
    yield* uploadBlobs(target, local, local.blobs.keys())
    for (const [branch, tip] of local.heads) {
      yield* ok(post(target, "push", pushBody(local, bundleFor(local, tip, [second]), branch)))
    }
    const pushBack = Effect.suspend(() =>
      post(target, "push", pushBody(local, bundleFor(local, first, []), "main", true))
    )
    const at: Scene["at"] = (who, method, path, body) => rest(who, method, `/repos/${target.repository}${path}`, body)
    return { at, first, hub, local, pushBack, rest, secrets, target } satisfies Scene
  })

  /** Runs a row, and returns its answer and the lines that it added. The first call of a row may add lines too. */
  const played = Effect.fnUntraced(function* (row: Row | Refused) {
    const begun = yield* scene
    if (row.first !== undefined) yield* row.first(begun)
    const before = events.length
    const answer = yield* row.run(begun)
    const text = new TextDecoder().decode(answer.body)
    return { added: events.slice(before), answer, target: begun.target, text }
  })
  return { events, played, secrets, tokens }
})
