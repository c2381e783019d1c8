/** Sorts calls to the store by the classes that providers charge for. */
import { assert } from "@effect/vitest"
import type { StoreOperation } from "@musehub/domain/port/interpose/interposedStore"
import type { RequestClass } from "@musehub/domain/usecase/operations/cost/Requests"
import type { StoreCall } from "./interposedStore.ts"

const classes: { readonly [O in StoreOperation]?: RequestClass } = {
  put: "put",
  get: "get",
  stream: "get",
  head: "head",
  list: "list",
  listRepositories: "list",
  delete: "delete",
  "documents.read": "get",
  "documents.write": "put",
  "documents.list": "list",
  "documents.delete": "delete"
}

/** Counts calls by class. Each must be of one. */
export const requestsOf = (calls: ReadonlyArray<StoreCall>): Record<RequestClass, number> => {
  const requests = { list: 0, get: 0, head: 0, put: 0, delete: 0 }
  for (const { operation } of calls) {
    const of = classes[operation]
    assert.isDefined(of, operation)
    requests[of] += 1
  }
  return requests
}
