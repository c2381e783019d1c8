/** What the reader alone sees of themselves: their tokens and their sessions. */
import type { Token } from "@musehub/domain/hub/Token"
import { openRepositoryById } from "@musehub/domain/usecase/access/openRepository"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { listOwnTokens, revokeOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { endOtherSessions, endOwnSession, listOwnSessions } from "@musehub/domain/usecase/people/signIn/ownSessions"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Result } from "effect"
import { Fragment } from "preact"
import { RandomId } from "@musehub/domain/port/RandomId"
import { accountAddress, personAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link, Pager } from "../html/parts.ts"
import { textIn, unknownButton } from "../page/fields.ts"
import { page, signedIn } from "../page/page.ts"
import { listPage, nextCursor, type Query, query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf, submission, untouched } from "../page/submission.ts"
import { makeToken } from "./makeToken.ts"
import { Sessions } from "./Sessions.ts"
import { TokenForm, TokenList, type TokenRepositories } from "./Tokens.ts"

const tokensListed = 30
const concurrency = 8

const repositoriesOf = Effect.fnUntraced(function* (principal: Principal, tokens: ReadonlyArray<Token>) {
  const ids = new Set(tokens.flatMap(({ repository }) => (repository === null ? [] : [repository])))
  const found = yield* Effect.forEach(
    ids,
    (id) =>
      openRepositoryById(id, principal, "read").pipe(
        Effect.map(({ root }) => [[id, root.value.repository]] as const),
        // A token may be for a repository that its holder sees no longer, which is shown by its id.
        Effect.orElseSucceed(() => [])
      ),
    { concurrency }
  )
  const names: TokenRepositories = new Map(found.flat())
  return names
})

const readTokens = Effect.fnUntraced(function* (principal: Principal, asked: Query) {
  const found = yield* listOwnTokens(principal, yield* listPage(asked, tokensListed))
  return {
    tokens: found.items,
    names: yield* repositoriesOf(principal, found.items),
    next: yield* nextCursor(found)
  }
})

const readAccount = Effect.fnUntraced(function* (asked: Query, draft: Draft) {
  const { principal, session } = yield* signedIn
  const tokens = yield* attempted(readTokens(principal, asked))
  const sessions = yield* attempted(listOwnSessions(principal))
  return {
    title: "Your account",
    body: h(
      Fragment,
      null,
      h("h1", null, `Your account: ${principal.user}`),
      h(
        "p",
        null,
        h(Link, { to: personAddress(principal.user) }, "What others see of you"),
        " · ",
        h(Link, { to: accountAddress("deleted") }, "Deleted repositories")
      ),
      h("h2", null, "Tokens"),
      h(TokenForm, {
        draft: draftOf(draft, "make-token"),
        expiresAt: session.expiresAt,
        nonce: (yield* RandomId)()
      }),
      h(Refusal, { problem: draftOf(draft, "revoke-token").refused }),
      Result.isFailure(tokens)
        ? h(Refusal, { problem: tokens.failure })
        : [
            h(TokenList, tokens.success),
            h(Pager, {
              next: tokens.success.next === null ? null : accountAddress(undefined, { cursor: tokens.success.next })
            })
          ],
      h("h2", null, "Sessions"),
      Result.isFailure(sessions)
        ? h(Refusal, { problem: sessions.failure })
        : h(Sessions, {
            sessions: sessions.success,
            own: session.id,
            draft: draftOf(draft, "end-session", "end-others")
          })
    )
  }
})

export const account = page(Effect.flatMap(query, (asked) => readAccount(asked, untouched)))

/** Does what a form of the account asks for. What was revoked or ended before stays so. */
const act = Effect.fnUntraced(function* (form: Form) {
  const { principal, session } = yield* signedIn
  switch (form.get("do")) {
    case "make-token":
      return yield* makeToken(principal, form)
    case "revoke-token":
      yield* revokeOwnToken(principal, textIn(form, "token"))
      return accountAddress()
    case "end-session":
      yield* Effect.catchTag(endOwnSession(principal, textIn(form, "session")), "SessionUnknown", () => Effect.void)
      return accountAddress()
    case "end-others":
      yield* endOtherSessions(principal, session.id)
      return accountAddress()
    default:
      return yield* unknownButton()
  }
})

export const changedAccount = submission((draft) => Effect.flatMap(query, (asked) => readAccount(asked, draft)), act)
