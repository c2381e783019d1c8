/** A client of the REST API that is derived from its contract, so it sends and expects what the contract says. */
import { Api } from "@musehub/http/api/Api"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"

/** Calls as the holder of a token, or anonymously. */
export const apiClient = (url: string, token?: string) =>
  HttpApiClient.make(Api, {
    baseUrl: url,
    transformClient: HttpClient.mapRequest((request) =>
      token === undefined ? request : HttpClientRequest.bearerToken(request, token)
    )
  }).pipe(Effect.provide(FetchHttpClient.layer))
