/** `musehub user show`: shows a user, and what the user takes of the hub. */
import { UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import { nowIso } from "@musehub/domain/object/now"
import { showUser } from "@musehub/domain/usecase/people/showUser"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { readQuotas } from "../../config/limits.ts"
import { columns, print } from "../../output.ts"
import { musehub, presentStorage } from "../musehub.ts"

export const show = Command.make(
  "show",
  { name: Argument.String("NAME").pipe(Argument.withDescription("The user's name")) },
  Effect.fn(function* (given) {
    const { json } = yield* musehub
    const limits = yield* readQuotas
    const { createdAt, name } = yield* showUser(given.name)
    const index = yield* UsageIndex
    const usage = yield* index.usageOf(name, yield* nowIso)
    const used = [
      ["repositories", usage.repositories, limits.repositories],
      ["tokens", usage.tokens, limits.tokens],
      ["idempotencyKeys", usage.keptAnswers, limits.keys],
      ["bytes", usage.bytes, limits.bytes]
    ] as const
    yield* print(
      json,
      { name, createdAt, ...Object.fromEntries(used.map(([what, count, limit]) => [what, { used: count, limit }])) },
      columns([
        ["NAME", name],
        ["CREATED", createdAt],
        ...used.map(([what, count, limit]) => [
          what === "idempotencyKeys" ? "IDEMPOTENCY KEYS" : what.toUpperCase(),
          limit === null ? String(count) : `${count} of ${limit}`
        ])
      ])
    )
  })
).pipe(
  Command.withDescription(
    "Show a user, and what the user has of what a hub limits: repositories, valid tokens, idempotency keys, and " +
      "bytes in the user's repositories. The limits are those of the settings (docs/operations.md), which the " +
      "running hub may have otherwise. With --json: name, createdAt, and repositories, tokens, idempotencyKeys and " +
      "bytes, each with used and limit (or null)."
  ),
  Command.withShortDescription("Show a user and what the user takes"),
  Command.withExamples([{ command: "musehub user show ada", description: "What ada has, and may have" }]),
  Command.provide(presentStorage)
)
