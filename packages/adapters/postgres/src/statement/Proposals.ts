/** Statements about proposals: updating a row to its document, and listing them. */
import type { SqlClient } from "effect/sql"
import type { ProposalIndex, ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { Proposal } from "@musehub/domain/repository/Proposal"
import { Effect, Struct } from "effect"
import { asOperation } from "../Errors.ts"
import { withoutNul } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const proposalRows = decoded(
  Proposal.mapFields(Struct.pick(["number", "title", "author", "from", "to", "state", "createdAt", "updatedAt"]))
)

const keyOf = ({ number }: ProposalRow): string => String(number)

/** One more than the greatest number of a proposal. */
const numbersEnd = 1_000_000_000

/** Returns the number that a page starts below. A key that no page returned gives an empty page. */
const startOf = (after: string | undefined): number =>
  after === undefined ? numbersEnd : /^\d{1,9}$/.test(after) ? Number(after) : 0

export const make = (sql: SqlClient.SqlClient) => {
  const recordProposal: ProposalIndex["Service"]["recordProposal"] = Effect.fnUntraced(function* ({ value: proposal }) {
    yield* sql`
      INSERT INTO proposals AS p (repository, number, revision, title, author, from_branch, to_branch, state,
                                  created_at, updated_at)
      VALUES (${proposal.repository}, ${proposal.number}, ${proposal.revision}, ${withoutNul(proposal.title)},
              ${proposal.author}, ${proposal.from}, ${proposal.to}, ${proposal.state}, ${proposal.createdAt},
              ${proposal.updatedAt})
      ON CONFLICT (repository, number) DO UPDATE SET
        revision = excluded.revision, title = excluded.title, author = excluded.author,
        from_branch = excluded.from_branch, to_branch = excluded.to_branch, state = excluded.state,
        created_at = excluded.created_at, updated_at = excluded.updated_at
      WHERE p.revision < excluded.revision`
  }, asOperation("recordProposal"))

  const proposals: ProposalIndex["Service"]["proposals"] = (repository, { state }, page) => {
    const inState = state === undefined ? sql`true` : sql`state = ${state}`
    // With a limit that the planner cannot see, it reads an index from its end; with a visible one it sorts the
    // repository.
    return proposalRows(sql`
      SELECT number, title, author, from_branch AS "from", to_branch AS "to", state, created_at AS "createdAt",
             updated_at AS "updatedAt"
      FROM proposals
      WHERE repository = ${repository} AND ${inState} AND number < ${startOf(page.after)}
      ORDER BY number DESC
      LIMIT (SELECT ${page.limit + 1}::integer)`).pipe(
      Effect.map((rows) => pageOf(rows, keyOf, { limit: page.limit })),
      asOperation("proposals")
    )
  }

  return { recordProposal, proposals }
}
