/** Counts what users take. */
import { byText } from "@musehub/domain/base/text/byText"
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import { Effect } from "effect"
import { recordedBytes, sizesOf } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

export const make = (rows: Rows): UsageIndex["Service"] => {
  const { keptAnswers, roots, tokens } = rows

  const bytesIn = (repository: RepositoryId): number => {
    const of = rows.of(repository)
    return recordedBytes(of) + sizesOf(of.staged.values())
  }

  return {
    usageOf: (user, at) =>
      Effect.sync(() => {
        const owned = [...roots.all.values()].filter(({ value }) => value.repository.owner === user)
        return {
          repositories: owned.length,
          tokens: [...tokens.values()].filter(
            (token) =>
              token.user === user && token.revokedAt === null && (token.expiresAt === null || token.expiresAt > at)
          ).length,
          keptAnswers: [...keptAnswers.values()].filter((answer) => answer.user === user).length,
          bytes: owned.reduce((sum, { value }) => sum + bytesIn(value.repository.id), 0)
        }
      }),
    storedBytes: (repository) => Effect.sync(() => bytesIn(repository)),
    recordKeptAnswer: (answer) =>
      Effect.sync(() => {
        const known = keptAnswers.get(answer.document)
        if (known === undefined || known.at < answer.at) keptAnswers.set(answer.document, answer)
      }),
    keptAnswersBefore: (user, before, limit) =>
      Effect.sync(() =>
        [...keptAnswers.values()]
          .filter((answer) => answer.user === user && answer.at < before)
          .toSorted((a, b) => byText(a.at, b.at))
          .slice(0, limit)
          .map(({ document }) => document)
      ),
    forgetKeptAnswers: (documents) =>
      Effect.sync(() => {
        for (const document of documents) keptAnswers.delete(document)
      })
  }
}
