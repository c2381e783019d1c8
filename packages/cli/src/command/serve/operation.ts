/** Reads the settings of what a running hub tells, and of its limits. docs/operations.md explains them. */
import { Operators } from "@musehub/domain/usecase/access/Operators"
import { layer as quotas } from "@musehub/domain/usecase/admission/Quotas"
import { CurrentConnectionLimits } from "@musehub/http/limits/ConnectionLimits"
import { CurrentRateLimits } from "@musehub/http/limits/RateLimits"
import { CurrentMetricsReaders } from "@musehub/http/operations/metrics"
import { Effect, Layer, Option } from "effect"
import { auditLayer } from "../../auditLog.ts"
import { readAdmission } from "../../config/admission.ts"
import { readConnectionLimits, readQuotas, readRateLimits } from "../../config/limits.ts"
import { readSetting } from "../../config/Setting.ts"
import { metricsSetting, operatorsSetting } from "../../config/telemetry.ts"

/** Returns the services of the server that the settings choose. */
export const readOperation = Effect.gen(function* () {
  const connections = { ...(yield* CurrentConnectionLimits), ...(yield* readConnectionLimits) }
  const metrics = (yield* readSetting(metricsSetting, Option.none())).value
  const operators = (yield* readSetting(operatorsSetting, Option.none())).value
  return Layer.mergeAll(
    auditLayer({ serving: true }),
    yield* readAdmission,
    quotas(yield* readQuotas),
    Layer.succeed(CurrentConnectionLimits, connections),
    Layer.succeed(CurrentRateLimits, yield* readRateLimits),
    Layer.succeed(CurrentMetricsReaders, metrics),
    Layer.succeed(Operators, operators)
  )
})
