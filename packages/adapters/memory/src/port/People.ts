/** Records users and tokens, and finds them. */
import { byText } from "@musehub/domain/base/text/byText"
import type { Token } from "@musehub/domain/hub/Token"
import type { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { Effect, Option } from "effect"
import type { Rows } from "../rows/Rows.ts"

const tokenKey = ({ createdAt, hash }: Token): string => `${createdAt}\0${hash}`

export const make = ({ tokens, users }: Rows): PeopleIndex["Service"] => ({
  users: (page) =>
    Effect.sync(() => {
      const found = [...users.values()].toSorted((a, b) => byText(a.name, b.name))
      return pageOf(found, ({ name }) => name, page)
    }),
  recordUser: ({ value }) => Effect.sync(() => void users.set(value.name, value)),
  recordToken: ({ value }) =>
    Effect.sync(() => {
      // Evidence of an earlier state may arrive late; it must not restore a revoked token.
      const revokedAt = tokens.get(value.hash)?.revokedAt ?? value.revokedAt
      tokens.set(value.hash, { ...value, revokedAt })
    }),
  tokenByHash: (hash) => Effect.sync(() => Option.fromUndefinedOr(tokens.get(hash))),
  tokenByPublicId: (id) =>
    Effect.sync(() => Option.fromUndefinedOr([...tokens.values()].find((token) => token.id === id))),
  tokens: ({ user }, page) =>
    Effect.sync(() => {
      const found = [...tokens.values()]
        .filter((token) => user === undefined || token.user === user)
        .toSorted((a, b) => byText(tokenKey(a), tokenKey(b)))
      return pageOf(found, tokenKey, page)
    })
})
