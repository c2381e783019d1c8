/** `GET /ready`: 200 while the hub can serve something useful, else 503, with the state of each service. */
import { readiness } from "@musehub/domain/usecase/operations/readiness"
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { answer } from "../Encoding.ts"

const statusOf = { ready: 200, degraded: 200, unavailable: 503 } as const

/** Degraded: clones and refs are served, and writes are refused until the index is back and both take them. */
export const ready = Effect.map(readiness(), (services) => {
  const status =
    services.store === "unavailable"
      ? "unavailable"
      : services.store === "read-only" || services.index !== "available"
        ? "degraded"
        : "ready"
  return HttpServerResponse.setStatus(answer("json", { status, ...services }), statusOf[status])
})
