/** Reads the settings of a running hub's limits. docs/operations.md explains them. */
import { CurrentConnectionLimits } from "@musehub/http/limits/ConnectionLimits"
import { Effect, Layer } from "effect"
import { readConnectionLimits } from "../../config/limits.ts"

/** Returns the services of the server that the settings choose. */
export const readOperation = Effect.gen(function* () {
  const connections = { ...(yield* CurrentConnectionLimits), ...(yield* readConnectionLimits) }
  return Layer.succeed(CurrentConnectionLimits, connections)
})
