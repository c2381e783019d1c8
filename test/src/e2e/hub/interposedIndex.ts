/**
 * An index with something put between it and its callers, like `support/interposedStore.ts` for the store: faults and
 * counting are each one interposition.
 */
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { Effect } from "effect"

/** Wraps a call to the index; `operation` is the method's name. */
export type InterposeIndex = <A, E, R>(
  operation: string,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | IndexUnavailable, R>

export const interposedIndex = (index: WholeIndex, interpose: InterposeIndex): WholeIndex => {
  const { location, counts, withLock } = index
  const call =
    <Arguments extends ReadonlyArray<unknown>, A, E>(
      operation: string,
      method: (...args: Arguments) => Effect.Effect<A, E>
    ) =>
    (...args: Arguments) =>
      interpose(
        operation,
        Effect.suspend(() => method(...args))
      )
  return {
    location,
    record: call("record", index.record),
    reflect: call("reflect", index.reflect),
    repositoryByName: call("repositoryByName", index.repositoryByName),
    repositories: call("repositories", index.repositories),
    known: call("known", index.known),
    reachableBlobs: call("reachableBlobs", index.reachableBlobs),
    ancestry: call("ancestry", index.ancestry),
    manifests: call("manifests", index.manifests),
    keepManifests: call("keepManifests", index.keepManifests),
    introducedBy: call("introducedBy", index.introducedBy),
    introducersOf: call("introducersOf", index.introducersOf),
    commitsOfSnapshots: call("commitsOfSnapshots", index.commitsOfSnapshots),
    holdersOf: call("holdersOf", index.holdersOf),
    recentCommits: call("recentCommits", index.recentCommits),
    rows: call("rows", index.rows),
    rowsOf: call("rowsOf", index.rowsOf),
    recordPacks: call("recordPacks", index.recordPacks),
    packsOf: call("packsOf", index.packsOf),
    unpacked: call("unpacked", index.unpacked),
    forgetPack: call("forgetPack", index.forgetPack),
    recordProposal: call("recordProposal", index.recordProposal),
    proposals: call("proposals", index.proposals),
    recordAnnotation: call("recordAnnotation", index.recordAnnotation),
    remarks: call("remarks", index.remarks),
    users: call("users", index.users),
    recordUser: call("recordUser", index.recordUser),
    recordToken: call("recordToken", index.recordToken),
    tokenByHash: call("tokenByHash", index.tokenByHash),
    tokenByPublicId: call("tokenByPublicId", index.tokenByPublicId),
    tokens: call("tokens", index.tokens),
    withLock: (name, effect) => interpose("withLock", withLock(name, effect)),
    counts: interpose("counts", counts)
  }
}

/** Counts the calls so far by name, and fails calls on demand. */
export interface IndexControl {
  readonly interpose: InterposeIndex
  readonly calls: Array<string>
  /** Sets which calls fail, from now on. */
  readonly fail: (fails: (operation: string) => boolean) => void
}

export const indexControl = (): IndexControl => {
  const calls: Array<string> = []
  let fails = (_operation: string) => false
  return {
    calls,
    fail: (next) => {
      fails = next
    },
    interpose: (operation, effect) =>
      Effect.gen(function* () {
        calls.push(operation)
        if (!fails(operation)) return yield* effect
        return yield* new IndexUnavailable({ operation, reason: new Fault({ cause: new Error("injected") }) })
      })
  }
}
