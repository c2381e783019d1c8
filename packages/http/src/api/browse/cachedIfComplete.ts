import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Completeness } from "@musehub/domain/usecase/browse/pathHistory"
import { Effect } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { cached } from "../../cached.ts"
import { controlOf } from "./controlOf.ts"

/** Answers as `cached` does once everything is derived. Before that the answer is stored nowhere. */
export const cachedIfComplete = <A, E, R>(
  open: OpenRepository,
  { complete, etag, ref }: Pick<Completeness, "complete"> & { readonly etag: string; readonly ref: string | undefined },
  fresh: Effect.Effect<A, E, R>
) =>
  complete
    ? cached({ etag, control: controlOf(open, ref) }, fresh)
    : Effect.tap(fresh, () =>
        HttpEffect.appendPreResponseHandler((_request, response) =>
          Effect.succeed(HttpServerResponse.setHeader(response, "cache-control", "no-store"))
        )
      )
