/** A store that answers, but for one repository's root: each request about that repository is answered all the same. */
import { assert, it } from "@effect/vitest"
import { layer as guardedStore } from "@musehub/adapter-guard/guardedStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Duration, Effect, Layer } from "effect"
import { rootPath } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { copyOf } from "../muse/history.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { bundleFor, pushAll, pushBody } from "../muse/LocalRepository.ts"
import { call, createRepository, post, refs } from "../muse/MuseClient.ts"

const deadlines = {
  silenceMax: Duration.seconds(8),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(4)
}

describeInMemory("a root that never comes", (backend) => {
  it.live("keeps no request about its repository, and none about others", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      let hanging: string | undefined
      const store = interposed(Context.get(storage, ObjectStore), ({ operation, path }, effect) =>
        operation === "documents.read" && rootPath.test(path) && hanging !== undefined && path.includes(hanging)
          ? Effect.never
          : effect
      )
      const guarded = Layer.provide(guardedStore(deadlines), Layer.succeed(ObjectStore, store))
      const hub = yield* startHub(Context.merge(storage, yield* Layer.build(guarded)))
      const token = yield* tokenFor(hub, "ada")
      const target = yield* createRepository(hub.url, token, "ada/hanging")
      const other = yield* createRepository(hub.url, token, "ada/other")
      const local = copyOf(goldenRepository("linear"))
      yield* pushAll(target, local)
      hanging = (yield* refs(target)).id
      const tip = local.heads.get("main") ?? ""
      const asked = { want: [tip], have: [] }
      const requests = [
        call(target, "GET", "refs"),
        post(target, "fetch", asked),
        post(target, "negotiate", asked),
        post(target, "filter-objects", { object_ids: [] }),
        post(target, "push", pushBody(local, bundleFor(local, tip, []), "main")),
        call({ ...target, repository: "api/v1" }, "GET", "repos/ada/hanging"),
        call({ ...target, repository: "api/v1" }, "GET", "repos/ada/hanging/branches")
      ]
      const answers = yield* Effect.timeout(Effect.all(requests, { concurrency: "unbounded" }), "20 seconds")
      for (const [position, { headers, status }] of answers.entries()) {
        assert.strictEqual(status, 503, String(position))
        assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/, String(position))
      }
      // An upload is decided by the root that was read before.
      assert.strictEqual((yield* post(target, "push/objects", { objects: [] })).status, 200)
      assert.strictEqual((yield* call(other, "GET", "refs")).status, 200)
    })
  )
})
