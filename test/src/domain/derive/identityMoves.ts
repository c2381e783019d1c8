/** Random moves of the roots of identities, and a model of who follows and stars what by their documents. */
import { RepositoryName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Effect } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import { ada, at, bob, openedFor, person, pushSteps, step, type Step, type TestHub } from "../support/hubSamples.ts"

export const people = [ada, bob, person("carol")] as const

/** What `social.json` of an identity says; undefined for one that is absent or not valid. */
type Said = { readonly follows: ReadonlyArray<string>; readonly stars: ReadonlyArray<string> } | undefined

/** An identity, and what is known of it. */
export interface Known {
  readonly by: Principal
  repository: Repository
  /** The commits of each branch, oldest first, with what they say. */
  readonly branches: Map<string, Array<{ readonly step: Step; readonly said: Said }>>
  main: string
  isDeleted: boolean
}

const handles = people.map(({ user }) => user)
const songs = handles.map((handle) => `${handle}/song`)

const documentOf = (random: Seeded): { readonly text: string | undefined; readonly said: Said } => {
  const said = { follows: random.some(handles, 0.6), stars: random.some(songs, 0.6) }
  const text = JSON.stringify(said)
  if (random.chance(0.1)) return { text: undefined, said: undefined }
  return random.chance(0.15) ? { text: `${text} `.replace("]", ""), said: undefined } : { text, said }
}

export const moves = {
  push: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const branch = random.pick([...known.branches.keys()])
    const commits = known.branches.get(branch) ?? []
    const { said, text } = documentOf(random)
    const last = commits.at(-1)
    const files: { readonly [path: string]: string } = text === undefined ? { other: "" } : { "social.json": text }
    const made = step(`commit ${random.next()}`, files, last === undefined ? [] : [last.step])
    yield* pushSteps(hub, known.repository, branch, [made], { by: known.by })
    known.branches.set(branch, [...commits, { step: made, said }])
  }),
  /** Takes a branch back to an earlier commit of it. */
  forceBack: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const branch = random.pick([...known.branches.keys()])
    const commits = known.branches.get(branch) ?? []
    const kept = commits.slice(0, 1 + random.below(commits.length))
    yield* pushSteps(
      hub,
      known.repository,
      branch,
      kept.map((commit) => commit.step),
      { by: known.by, force: true }
    )
    known.branches.set(branch, kept)
  }),
  branch: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const from = random.pick([...known.branches.keys()])
    const name = `b${known.branches.size}`
    yield* at(hub)(createBranch(yield* openedFor(hub, known.repository, known.by, "write"), { name, from }))
    known.branches.set(name, known.branches.get(from) ?? [])
  }),
  main: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const defaultBranch = random.pick([...known.branches.keys()])
    const open = yield* openedFor(hub, known.repository, known.by, "admin")
    known.repository = yield* at(hub)(changeSettings(open, { defaultBranch }))
    known.main = defaultBranch
  }),
  visibility: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const visibility = random.pick(["private", "public"] as const)
    const open = yield* openedFor(hub, known.repository, known.by, "admin")
    known.repository = yield* at(hub)(changeSettings(open, { visibility }))
  }),
  rename: Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
    const name = RepositoryName.make(random.pick(["identity", "identity", "former"]))
    const open = yield* openedFor(hub, known.repository, known.by, "admin")
    known.repository = yield* at(hub)(changeSettings(open, { name }))
  }),
  remove: Effect.fnUntraced(function* (hub: TestHub, known: Known) {
    yield* at(hub)(deleteRepository(yield* openedFor(hub, known.repository, known.by, "oversee")))
    known.isDeleted = true
  })
} as const

/** Does something to an identity. A deleted one is brought back first. */
export const move = Effect.fnUntraced(function* (hub: TestHub, known: Known, random: Seeded) {
  if (known.isDeleted) {
    yield* at(hub)(undeleteRepository(yield* openedFor(hub, known.repository, known.by, "undelete")))
    known.isDeleted = false
    return
  }
  yield* random.pick([moves.push, moves.push, moves.main, ...Object.values(moves)])(hub, known, random)
})

/** Who is followed and what is starred, how often: what documents say that count. */
export const expectedCounts = (all: ReadonlyArray<Known>): object => {
  const saying = all.flatMap(({ branches, by, isDeleted, main, repository }) => {
    const said = branches.get(main)?.at(-1)?.said
    const counts = !isDeleted && repository.slug === "identity" && repository.visibility === "public"
    return counts && said !== undefined ? [{ ...said, handle: by.user }] : []
  })
  const count = (name: string, of: "follows" | "stars") =>
    saying.filter((each) => each[of].includes(name) && each.handle !== name.split("/", 1).join("")).length
  return Object.fromEntries([
    ...handles.map((handle) => [handle, count(handle, "follows")] as const),
    ...songs.map((song) => [song, count(song, "stars")] as const)
  ])
}
