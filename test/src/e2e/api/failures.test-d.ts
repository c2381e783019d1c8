/** What must not compile: an error that a client or an operator would meet and that does not say its kind. */
import type { CommandError } from "@musehub/cli/errors"
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import type { Failure, failures } from "@musehub/http/problem/failures"
import type { ProblemOf } from "@musehub/http/problem/schemas"
import type { respond, respondInJson } from "@musehub/http/respond"
import type { BranchesGroup } from "@musehub/http/api/contract/branches"
import type { Effect, Schema } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"
import { describe, expectTypeOf, it } from "vitest"

type Failures = typeof failures

interface Kindless {
  readonly _tag: "Kindless"
  readonly message: string
}

/** Details that are no field of their error. */
type WrongDetails = {
  [Tag in keyof Failures]: Failures[Tag] extends {
    readonly details: ReadonlyArray<infer Detail>
    readonly fields: infer Fields
  }
    ? Exclude<Detail, keyof Fields>
    : never
}[keyof Failures]

/** Errors of several kinds, which do not name just those kinds that theirs can be of. */
type WrongKinds = {
  [Tag in keyof Failures]: Failures[Tag] extends { readonly kinds: ReadonlyArray<infer Kind> }
    ? Exclude<InstanceType<Failures[Tag]>["kind"], Kind> | Exclude<Kind, InstanceType<Failures[Tag]>["kind"]>
    : Failures[Tag] extends { readonly fields: { readonly kind: Schema.Constraint } }
      ? never
      : Tag
}[keyof Failures]

describe("an error", () => {
  it("ends no request unless it is known and says its kind", () => {
    expectTypeOf<Failure["kind"]>().toExtend<ErrorKind>()
    expectTypeOf<Kindless>().not.toExtend<Failure>()
    expectTypeOf<Effect.Effect<never, Kindless>>().not.toExtend<Parameters<typeof respond>[0]>()
    expectTypeOf<Effect.Effect<never, Kindless>>().not.toExtend<Parameters<typeof respondInJson>[0]>()
  })

  it("ends no command unless it says its kind", () => {
    expectTypeOf<Failure>().toExtend<CommandError>()
    expectTypeOf<Kindless>().not.toExtend<CommandError>()
  })

  it("ends no call of the REST API whose contract does not name its problem", () => {
    type Declared = HttpApiEndpoint.Errors<(typeof BranchesGroup)["endpoints"]["show"]>
    expectTypeOf<ProblemOf<"BranchUnknown">>().toExtend<Declared>()
    expectTypeOf<ProblemOf<"HeadMoved">>().not.toExtend<Declared>()
    expectTypeOf<Declared>().not.toBeAny()
  })

  it("shows fields that it has, and all kinds that it can be of", () => {
    expectTypeOf<WrongDetails>().toEqualTypeOf<never>()
    expectTypeOf<WrongKinds>().toEqualTypeOf<never>()
  })
})
