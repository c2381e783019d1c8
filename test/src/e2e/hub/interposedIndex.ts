/** An index whose calls a test counts, and fails on demand. */
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { WholeIndex } from "@musehub/domain/port/index/wholeIndex"
import {
  type IndexInterposition,
  interposedIndex as interposedOn
} from "@musehub/domain/port/interpose/interposedIndex"
import { Effect } from "effect"

export const interposedIndex = (index: WholeIndex, interpose: IndexInterposition): WholeIndex =>
  interposedOn(Effect.succeed(index), index.location, interpose)

/** Counts the calls so far by name, and fails calls on demand. */
export interface IndexControl {
  readonly interpose: IndexInterposition
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
