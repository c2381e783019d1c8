/** A hub that lost all packs gets them back from a folder of the real client, object by object. */
import { assert, describe, it } from "@effect/vitest"
import { openClone } from "@musehub/cli/command/verify/cloneSource"
import { expected } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey } from "@musehub/domain/port/StoreKey"
import type { Finding } from "@musehub/domain/usecase/operations/verify/Finding"
import { verifyHub, type VerifyOptions } from "@musehub/domain/usecase/operations/verify/verifyHub"
import { Context, Effect } from "effect"
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startHub } from "../e2e/hub/Hub.ts"
import { goldenNames, goldenRepository } from "../e2e/muse/goldenRepositories.ts"
import { memoryHub, published, temporaryFolder } from "./support.ts"

const vectors = new URL("../../vectors/repos/", import.meta.url).pathname

/** A hub with a repository that the real client pushed, which then lost all packs and large blobs; and the folder. */
const lossOf = Effect.fnUntraced(function* (name: string) {
  const hub = yield* memoryHub
  yield* published(hub, name, goldenRepository(name))
  const store = Context.get(hub.services, ObjectStore)
  const { items } = yield* store.listRepositories({ limit: 1 })
  for (const repository of items) {
    for (const type of ["pack", "blob"] as const) {
      for (const { id } of (yield* store.list(repository, type, { limit: 1000 })).items) {
        yield* store.delete({ repository: RepositoryId.make(repository), type, id } as ImmutableKey)
      }
    }
  }
  const directory = yield* temporaryFolder
  cpSync(join(vectors, name), join(directory, ".muse"), { recursive: true })
  const verify = Effect.fnUntraced(function* (repair?: VerifyOptions["repair"]) {
    const findings: Array<Finding> = []
    const onFinding = (finding: Finding) => Effect.sync(() => void findings.push(finding))
    const other = yield* startHub(hub.services)
    const verified = yield* Effect.provideContext(
      verifyHub({ level: "deep", version: "1.2.3", onFinding, repair }),
      other.services
    )
    return { verified, faults: findings.filter(({ severity }) => severity === "fault") }
  })
  return { directory, verify }
})

describe("verify --repair --from a clone", () => {
  for (const name of goldenNames) {
    it.live(`puts back all of ${name}`, () =>
      Effect.gen(function* () {
        const { directory, verify } = yield* lossOf(name)
        const { verified } = yield* verify({ clone: yield* openClone(directory) })
        assert.deepStrictEqual([verified.faults, verified.mended > 0], [0, true])
        assert.deepStrictEqual((yield* verify()).faults, [])
      })
    )
  }

  it.live("passes over what is damaged there", () =>
    Effect.gen(function* () {
      const { directory, verify } = yield* lossOf("linear")
      const folder = expected(
        readdirSync(join(directory, ".muse/objects")).find((each) => each.length === 2),
        "a folder of objects"
      )
      const [file = ""] = readdirSync(join(directory, ".muse/objects", folder))
      const path = join(directory, ".muse/objects", folder, file)
      rmSync(path)
      writeFileSync(path, "other bytes")
      yield* verify({ clone: yield* openClone(directory) })
      const { faults } = yield* verify()
      const missing = faults.filter(({ _tag }) => _tag === "BlobMissing")
      assert.isNotEmpty(missing)
      for (const { reason } of missing) assert.include(reason, `blob ${folder}${file}`)
      assert.notInclude(JSON.stringify(faults), sha256("other bytes"))
      assert.isEmpty(faults.filter(({ _tag }) => _tag === "SnapshotMissing" || _tag === "ParentMissing"))
    })
  )
})
