/** Who may do what with a proposal. */
import { assert, describe, it } from "@effect/vitest"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { commentOnProposal } from "@musehub/domain/usecase/proposals/commentOnProposal"
import { editProposal } from "@musehub/domain/usecase/proposals/editProposal"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { Effect } from "effect"
import { at, bob } from "../support/hubSamples.ts"
import {
  carol,
  dora,
  aTitle,
  aBody,
  number,
  changeRoot,
  world,
  asking,
  propose,
  show,
  close,
  reopen,
  listed,
  assertSays
} from "../support/proposalSamples.ts"

describe("proposals, access", () => {
  it.effect("authors and writers change a proposal, others take part in it, strangers see nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      const edit = Effect.fnUntraced(function* (by: Principal, title: string) {
        const open = yield* asking(hub, repository, by)
        return yield* at(hub)(editProposal(open, number(1), { title: ProposalTitle.make(title) }))
      })
      for (const refused of [Effect.flip(edit(dora, "Mine")), Effect.flip(close(hub, repository, 1, dora))]) {
        assert.deepInclude(yield* refused, { _tag: "Forbidden" })
      }
      assertSays(yield* edit(bob, "By its author"), { title: "By its author", body: aBody })
      assert.strictEqual((yield* edit(carol, "By a writer")).title, "By a writer")
      yield* close(hub, repository, 1, bob)
      assert.deepInclude(yield* Effect.flip(reopen(hub, repository, 1, dora)), { _tag: "Forbidden" })
      assert.strictEqual((yield* edit(carol, "Once closed")).state, "closed")
      assert.deepStrictEqual(
        (yield* listed(hub, repository)).map(({ title }) => title),
        ["Once closed"]
      )
      const comment = yield* at(hub)(
        commentOnProposal(yield* asking(hub, repository, dora), number(1), Discourse.make("A pity."))
      )
      assertSays(comment, { id: 1, by: dora.user, body: "A pity." })
      yield* changeRoot(hub, repository, (root) => ({ repository: { ...root.repository, visibility: "private" } }))
      assert.deepInclude(yield* Effect.flip(asking(hub, repository, dora)), { _tag: "RepositoryUnknown" })
    })
  )

  it.effect("reopening checks access again, so a right revoked in between does not apply to the newer root", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* propose(hub, repository)
      yield* close(hub, repository)
      const early = yield* asking(hub, repository, bob)
      yield* changeRoot(hub, repository, (root) => ({ repository: { ...root.repository, visibility: "private" } }))
      const refused = yield* Effect.flip(at(hub)(reopenProposal(early, number(1))))
      assert.deepInclude(refused, { _tag: "AccessLost" })
      assertSays(yield* show(hub, repository), { state: "closed" })
    })
  )

  it.effect("an edit that changes nothing writes nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const { revision } = yield* propose(hub, repository)
      const same = yield* at(hub)(
        editProposal(yield* asking(hub, repository), number(1), { title: aTitle, body: aBody })
      )
      assert.strictEqual(same.revision, revision)
      const cleared = yield* at(hub)(
        editProposal(yield* asking(hub, repository), number(1), { body: Discourse.make("") })
      )
      assertSays(cleared, { revision: revision + 1, title: aTitle, body: "" })
    })
  )
})
