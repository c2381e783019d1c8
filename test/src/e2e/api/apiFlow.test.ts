/**
 * The life of a repository through the REST API, driven by a client derived from the contract: created, committed to,
 * branched, proposed, reviewed, merged, tagged, released, restored; and the `muse` client sees all of it.
 */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { Effect, Stream } from "effect"
import { apiClient } from "../hub/apiClient.ts"
import { fetchFrom } from "../muse/LocalRepository.ts"
import { call, refs, type Target } from "../muse/MuseClient.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"

const ada = UserName.make("ada")
const bob = UserName.make("bob")
const text = (content: string) => new TextEncoder().encode(content)
const put = (path: string, content: string) => ({ op: "put", path, contentBase64: text(content) }) as const

let made = 0

/** A new public repository with a first commit of two files, and both users' clients. */
const scene = Effect.gen(function* () {
  const { hub, ada: adasToken, bob: bobsToken } = yield* Stage
  const mine = yield* apiClient(hub.url, adasToken)
  const bobs = yield* apiClient(hub.url, bobsToken)
  const anonymous = yield* apiClient(hub.url)
  const name = RepositoryName.make(`Flow ${(made += 1)} of ${hub.url.slice(-5)}`)
  const repository = yield* mine.repositories.create({ payload: { owner: ada, name, visibility: "public" } })
  const params = { owner: ada, slug: repository.slug } as const
  const first = yield* mine.commits.create({
    params,
    payload: { branch: "main", message: "Begin", changes: [put("song/one.txt", "one\n"), put("two.txt", "two\n")] }
  })
  const target: Target = { url: hub.url, repository: `ada/${repository.slug}`, token: adasToken }
  return { mine, bobs, anonymous, repository, params, first, target }
})

describeOnStages("a repository by the REST API", (it) => {
  it.effect("is created, found, described, and made private", () =>
    Effect.gen(function* () {
      const { mine, anonymous, params, repository } = yield* scene
      assert.strictEqual(repository.cloneUrl.replace(/^.*\/(?=ada\/)/, ""), `ada/${repository.slug}`)
      assert.deepStrictEqual(yield* anonymous.repositories.show({ params }), { ...repository, stars: 0 })
      const found = yield* anonymous.repositories.list({ query: { owner: ada, limit: 100 } })
      assert.include(
        found.items.map(({ repoId }) => repoId),
        repository.repoId
      )
      const hidden = yield* mine.repositories.change({ params, payload: { visibility: "private" } })
      assert.deepStrictEqual(hidden, { ...repository, visibility: "private" })
      const unseen = yield* anonymous.repositories.list({ query: { owner: ada, limit: 100 } })
      assert.notInclude(
        unseen.items.map(({ repoId }) => repoId),
        repository.repoId
      )
      const problem = yield* Effect.flip(anonymous.repositories.show({ params }))
      assert.deepInclude(problem, { status: 404, type: "urn:musehub:problem:repository-unknown" })
      assert.deepStrictEqual(yield* mine.user.whoAmI(), { name: ada, scope: "admin", repoId: null })
    })
  )

  it.effect("accepts commits of files, and shows history, tree and bytes", () =>
    Effect.gen(function* () {
      const { first, mine, anonymous, params, target } = yield* scene
      const second = yield* mine.commits.create({
        params,
        payload: {
          branch: "main",
          expect: first.commitId,
          message: "Rework",
          author: "Ada L.",
          metadata: { tempo: "120" },
          changes: [put("song/one.txt", "one and a half\n"), { op: "move", from: "two.txt", to: "song/two.txt" }]
        }
      })
      assert.strictEqual(second.parent, first.commitId)
      const page = yield* anonymous.commits.list({ params, query: { limit: 2 } })
      assert.deepStrictEqual(
        page.items.map(({ message }) => message),
        ["Rework", "Begin"]
      )
      const cursor = page.nextCursor ?? ""
      const rest = yield* anonymous.commits.list({ params, query: { limit: 2, cursor } })
      assert.deepStrictEqual([...rest.items.map(({ message }) => message), rest.nextCursor], ["Initial commit", null])
      const shown = yield* anonymous.commits.show({ params: { ...params, id: second.commitId } })
      assert.deepInclude(shown, { author: "Ada L.", metadata: { tempo: "120" }, parents: [first.commitId] })
      const ref = second.commitId
      const tree = yield* anonymous.browse.tree({ params, query: { ref, recursive: true } })
      assert.deepStrictEqual(
        tree.items.map((item) => [item.path, item.type === "file" ? (item.blobId as string) : item.type]),
        [
          ["song/one.txt", sha256("one and a half\n")],
          ["song/two.txt", sha256("two\n")]
        ]
      )
      const file = yield* anonymous.browse.raw({ params, query: { ref, path: "song/two.txt" } })
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(file)), "two\n")
      // The `muse` client fetches what the hub made.
      const fetched = yield* fetchFrom(target, [second.commitId])
      assert.isTrue(fetched.commits.has(second.commitId))
      assert.deepStrictEqual(yield* Effect.map(refs(target), ({ heads }) => heads.get("main")), second.commitId)
    })
  )

  it.effect("has a proposal opened, discussed, reviewed and merged under protection", () =>
    Effect.gen(function* () {
      const { bobs, first, mine, params, target } = yield* scene
      yield* mine.collaborators.set({ params: { ...params, user: bob }, payload: { role: "write" } })
      assert.deepStrictEqual((yield* mine.collaborators.list({ params, query: {} })).items, [
        { user: bob, role: "write" }
      ])
      yield* mine.branches.protect({
        params: { ...params, name: "main" },
        payload: { approvals: 1, selfApproval: false }
      })
      const work = yield* bobs.commits.create({
        params,
        payload: { branch: "bob/bridge", from: "main", message: "Bridge", changes: [put("bridge.txt", "la\n")] }
      })
      const opened = yield* bobs.proposals.open({
        params,
        payload: { title: ProposalTitle.make("A bridge"), fromBranch: "bob/bridge", toBranch: "main" }
      })
      assert.deepInclude(opened, { author: bob, state: "open", fromHead: work.commitId, approvalsNeeded: 1 })
      const at = { ...params, number: opened.number }
      const early = yield* Effect.flip(bobs.proposals.merge({ params: at, payload: { strategy: "merge_commit" } }))
      assert.deepInclude(early, { status: 409, type: "urn:musehub:problem:approvals-missing", needed: 1, given: 0 })

      const comment = yield* mine.proposals.comment({ params: at, payload: { body: Discourse.make("Nice.") } })
      assert.deepInclude(comment, { id: 1, by: ada })
      const reviewed = yield* mine.proposals.review({
        params: at,
        payload: { verdict: "approve", commitId: work.commitId }
      })
      assert.deepStrictEqual(reviewed.approvals, [ada])
      yield* bobs.proposals.edit({ params: at, payload: { body: Discourse.make("Eight bars.") } })
      assert.strictEqual((yield* bobs.proposals.close({ params: at })).state, "closed")
      assert.strictEqual((yield* bobs.proposals.reopen({ params: at })).state, "open")
      assert.strictEqual((yield* mine.proposals.preview({ params: at })).outcome, "fast_forward")
      const merged = yield* bobs.proposals.merge({
        params: at,
        payload: { strategy: "merge_commit", message: Discourse.make("Bring the bridge"), expect: work.commitId }
      })
      assert.strictEqual((yield* refs(target)).heads.get("main"), merged.mergeCommitId)
      const shown = yield* mine.proposals.show({ params: at })
      assert.deepInclude(shown, { state: "merged", body: Discourse.make("Eight bars.") })
      assert.deepInclude(shown.merged, { mergeCommitId: merged.mergeCommitId, toHead: first.commitId, by: bob })
      const listed = yield* mine.proposals.list({ params, query: { state: "merged" } })
      assert.deepStrictEqual(
        listed.items.map(({ number }) => number),
        [opened.number]
      )
      const { parents } = yield* mine.commits.show({ params: { ...params, id: merged.mergeCommitId } })
      assert.deepStrictEqual(parents, [first.commitId, work.commitId])
    })
  )

  it.effect("names conflicting paths, and merges nothing then", () =>
    Effect.gen(function* () {
      const { first, mine, params, target } = yield* scene
      const commit = (branch: string, content: string, from?: string) =>
        mine.commits.create({
          params,
          payload: {
            branch,
            message: content,
            changes: [put("two.txt", content)],
            ...(from === undefined ? {} : { from })
          }
        })
      yield* commit("left", "left\n", first.commitId)
      const right = yield* commit("main", "right\n")
      const { number } = yield* mine.proposals.open({
        params,
        payload: { title: ProposalTitle.make("Clash"), fromBranch: "left", toBranch: "main" }
      })
      const at = { ...params, number }
      const refused = yield* Effect.flip(mine.proposals.merge({ params: at, payload: { strategy: "squash" } }))
      assert.deepInclude(refused, { status: 409, type: "urn:musehub:problem:merge-conflicts", total: 1 })
      const conflict = {
        path: "two.txt",
        kind: "both_modified",
        base: BlobId.make(sha256("two\n")),
        ours: BlobId.make(sha256("right\n")),
        theirs: BlobId.make(sha256("left\n"))
      } as const
      const preview = yield* mine.proposals.preview({ params: at })
      assert.deepInclude(preview, { outcome: "conflicted", snapshotId: null })
      assert.lengthOf(preview.conflicts, 1)
      assert.deepInclude(preview.conflicts[0], conflict)
      assert.deepInclude(refused, { conflicts: preview.conflicts })
      assert.strictEqual((yield* refs(target)).heads.get("main"), right.commitId)
    })
  )

  it.effect("has its branches created, renamed, deleted and restored, and lists where they were", () =>
    Effect.gen(function* () {
      const { first, mine, anonymous, params, target } = yield* scene
      const branch = yield* mine.branches.create({ params, payload: { name: "idea/50%", from: "main" } })
      const { name } = branch
      assert.deepStrictEqual(branch, { name, head: first.commitId, isDefault: false, protection: null, warnings: [] })
      const at = (name: string) => ({ params: { ...params, name } })
      assert.deepStrictEqual(yield* anonymous.branches.show(at("idea/50%")), branch)
      const renamed = yield* mine.branches.rename({ ...at("idea/50%"), payload: { name: "plan" } })
      assert.strictEqual(renamed.name, "plan")
      const other = CommitId.make(sha256("another"))
      const lost = yield* Effect.flip(mine.branches.delete({ ...at("plan"), query: { expect: other } }))
      assert.deepInclude(lost, { status: 409, actual: first.commitId })
      yield* mine.branches.delete({ ...at("plan"), query: { expect: first.commitId } })
      const kept = yield* Effect.flip(mine.branches.delete({ ...at("main"), query: {} }))
      assert.deepInclude(kept, { status: 409, type: "urn:musehub:problem:default-branch-kept" })
      const restored = yield* mine.branches.restore({
        ...at("plan"),
        payload: { commitId: first.commitId, expect: null }
      })
      assert.strictEqual(restored.head, first.commitId)
      const reflog = yield* anonymous.branches.reflog({ ...at("plan"), query: {} })
      assert.deepStrictEqual(
        reflog.items.map(({ action, by }) => [action, by]),
        [
          ["restore-branch", ada],
          ["delete-branch", ada],
          ["rename-branch", ada]
        ]
      )
      const page = yield* anonymous.branches.list({ params, query: { limit: 1 } })
      assert.deepStrictEqual([page.items.map(({ name }) => String(name)), page.nextCursor === null], [["main"], false])
      assert.sameMembers([...(yield* refs(target)).heads.keys()], ["main", "plan"])
    })
  )

  it.effect("has tags, releases and annotations", () =>
    Effect.gen(function* () {
      const { first, mine, anonymous, params, target } = yield* scene
      const { commitId } = first
      const tag = yield* mine.tags.create({ params, payload: { tag: "a good take", commitId } })
      assert.deepStrictEqual((yield* anonymous.tags.list({ params, query: {} })).items, [tag])
      yield* mine.tags.delete({ params: { ...params, id: tag.tagId } })
      assert.deepStrictEqual((yield* anonymous.tags.list({ params, query: {} })).items, [])

      const draft = yield* mine.releases.create({
        params,
        payload: { tag: "v1.2.0-rc.1", commitId, isDraft: true, channel: "beta", changelog: [{ message: "New" }] }
      })
      assert.deepInclude(draft, {
        snapshotId: first.snapshotId,
        semver: { major: 1, minor: 2, patch: 0, pre: "rc.1", build: "" }
      })
      const seenBy = (client: typeof anonymous) => client.releases.list({ params, query: { drafts: true } })
      assert.deepStrictEqual((yield* seenBy(anonymous)).items, [])
      assert.deepStrictEqual((yield* seenBy(mine)).items, [draft])
      const { releaseId, tag: version } = draft
      yield* mine.releases.create({ params, payload: { tag: version, commitId, releaseId, title: "Out" } })
      const older = yield* mine.releases.create({ params, payload: { tag: "1.0.0", commitId } })
      const newest = yield* anonymous.releases.list({ params, query: { limit: 1 } })
      assert.deepStrictEqual(newest.items, [older])
      const next = yield* anonymous.releases.list({ params, query: { cursor: newest.nextCursor ?? "" } })
      assert.deepStrictEqual(
        next.items.map(({ title }) => title),
        ["Out"]
      )
      assert.strictEqual((yield* anonymous.releases.show({ params: { ...params, tag: version } })).title, "Out")
      yield* mine.releases.delete({ params: { ...params, tag: version } })
      assert.deepInclude(yield* Effect.flip(anonymous.releases.show({ params: { ...params, tag: version } })), {
        status: 404
      })

      const at = { params: { ...params, id: commitId } }
      yield* mine.commits.annotate({ ...at, payload: { reviewedBy: ["bob"], testRuns: 3 } })
      yield* mine.commits.annotate({ ...at, payload: { reviewedBy: ["ada"], testRuns: 1 } })
      const remarks = { reviewedBy: ["ada", "bob"], testRuns: 3 }
      assert.deepStrictEqual(yield* anonymous.commits.remarks(at), remarks)
      assert.deepInclude(yield* anonymous.commits.show(at), remarks)
      assert.strictEqual((yield* call(target, "GET", "refs")).status, 200)
    })
  )

  it.effect("is used with tokens that users create for themselves", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const { mine, params, repository } = yield* scene
      const limited = yield* mine.user.createToken({
        payload: { scope: "write", repository: `ada/${repository.slug}`, expiresInSeconds: 600 }
      })
      assert.deepInclude(limited, { scope: "write", repoId: repository.repoId })
      const script = yield* apiClient(hub.url, limited.secret)
      assert.deepStrictEqual(yield* script.user.whoAmI(), { name: ada, scope: "write", repoId: repository.repoId })
      const payload = { branch: "main", message: "By script", changes: [put("log.txt", "ok\n")] }
      yield* script.commits.create({ params, payload })
      const more = yield* Effect.flip(script.user.createToken({ payload: { scope: "read" } }))
      assert.deepInclude(more, { status: 403 })
      const { items } = yield* mine.user.listTokens({ query: { limit: 100 } })
      const listed = items.find(({ id }) => id === limited.id)
      assert.deepInclude(listed, { scope: "write", revokedAt: null })
      assert.notProperty(listed, "secret")
      yield* mine.user.revokeToken({ params: { id: limited.id } })
      assert.deepInclude(yield* Effect.flip(script.repositories.show({ params })), { status: 401 })
      assert.deepInclude(yield* mine.user.show({ params: { name: "bob" } }), { name: bob })
    })
  )
})
