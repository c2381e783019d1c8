/** The shared parts of the object store's contract suite: capabilities, how to list, how to compare. */
import { assert, type Vitest } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { PackFile } from "@musehub/domain/pack/PackFile"
import { ObjectStore, type DocumentVersion, type Expected, type Sealed } from "@musehub/domain/port/ObjectStore"
import type { Page, PageRequest } from "@musehub/domain/port/Page"
import type { ImmutableType } from "@musehub/domain/port/StoreKey"
import { Effect, Option, Stream } from "effect"
import { bytesOf, keyOf } from "../StoreSamples.ts"

/** Capabilities of the store under test. The suite also tests that it reports the ones that it lacks. */
export interface Capabilities {
  /** The store itself decides conditional writes, so lost races are noticed. */
  readonly conditionalWrites: boolean
  /** Clients can upload and download by presigned URL. */
  readonly signUrls: boolean
  /** The refresh age that the layer was configured with, if a test can wait that long. */
  readonly refreshAgeMillis: number | undefined
}

export type Suite = Vitest.MethodsNonLive<ObjectStore>

/** Types of what the store holds, which may have any bytes. */
export const anyBytesTypes: ReadonlyArray<ImmutableType> = ["blob", "pack"]

/** A blob and a pack of the same bytes, in memory. */
export const blobAndPack = Effect.fnUntraced(function* (size: number) {
  const bytes = bytesOf(size)
  const both: ReadonlyArray<Sealed> = [blobOf(bytes), yield* PackFile.of(bytes)]
  return both
})

/** Registers a test that needs a capability, or a skipped one that names what is missing. */
export const needs = (it: Suite, capability: boolean, missing: string) => ({
  effect: <A, E>(title: string, test: () => Effect.Effect<A, E, ObjectStore>) =>
    it.effect.runIf(capability)(capability ? title : `${title} (skipped: ${missing})`, test)
})

export const mebibyte = 1024 * 1024
export const writers = 32

export const absent: Expected = { _tag: "Absent" }
export const at = (version: DocumentVersion): Expected => ({ _tag: "Version", version })

export type Store = ObjectStore["Service"]

/** Compares by hash first: the failure of a large comparison would print both sides. */
export const assertBytes = (actual: Uint8Array, expected: Uint8Array): void => {
  if (expected.byteLength > 10_000) {
    assert.strictEqual(actual.byteLength, expected.byteLength)
    assert.strictEqual(sha256(actual), sha256(expected))
  } else {
    assert.deepStrictEqual([...actual], [...expected])
  }
}

export const contentOf = (object: Sealed): Uint8Array => {
  assert(object.content instanceof Uint8Array)
  return object.content
}

export const isMissing = (store: Store, repository: RepositoryId, object: Sealed) =>
  Effect.gen(function* () {
    const key = keyOf(repository, object)
    let chunks = 0
    const streamed = Stream.runForEach(store.stream(key), () => Effect.sync(() => (chunks += 1)))
    for (const attempt of [store.get(key), store.head(key), streamed]) {
      const error = yield* Effect.flip(Effect.asVoid(attempt))
      assert(error._tag === "ObjectMissing")
      assert.deepStrictEqual([error.repository, error.type, error.id], [repository, object.type, object.id])
    }
    assert.strictEqual(chunks, 0)
  })

/** Returns all pages of a listing. Checks that each keeps to its limit and that the next one starts after it. */
export const collect = <A, E>(list: (page: PageRequest) => Effect.Effect<Page<A>, E>, limit: number) =>
  Effect.gen(function* () {
    const items: Array<A> = []
    let after: string | undefined
    do {
      const page: Page<A> = yield* list({ limit, after })
      assert.isAtMost(page.items.length, limit)
      items.push(...page.items)
      const next: string | undefined = Option.getOrUndefined(page.next)
      assert.isTrue(next === undefined || next !== after, "a listing that stands still")
      after = next
    } while (after !== undefined)
    return items
  })

export const idsOf = (store: Store, repository: RepositoryId, type: ImmutableType) =>
  Effect.map(
    collect((page) => store.list(repository, type, page), 1000),
    (heads) => heads.map(({ id }) => id)
  )

export const atOnce = <A, E>(write: (index: number) => Effect.Effect<A, E>) =>
  Effect.forEach(
    Array.from({ length: writers }, (_, index) => index),
    write,
    { concurrency: "unbounded" }
  )
