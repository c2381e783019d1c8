/**
 * Names of repositories: renaming and transferring them, what a former name leads to and for whom, and that nothing of
 * it depends on the index or on a process that reaches the end.
 */
import { assert, describe, it } from "@effect/vitest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { everyItem } from "@musehub/domain/port/Page"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { setArchived } from "@musehub/domain/usecase/repositories/archiveRepository"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import {
  acceptTransfer,
  offerTransfer,
  withdrawTransfer
} from "@musehub/domain/usecase/repositories/transferRepository"
import { Effect, Option, Result, Stream } from "effect"
import { callCount } from "../../support/countingStore.ts"
import { type Fault, injecting, random } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  at,
  bob,
  clone,
  failingIndex,
  newRepository,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { chainOf, memoryIndex, memoryStore } from "../support/rootSamples.ts"
import { entriesOf } from "../../support/shortRefs.ts"

const grace = person("grace")

const addUsers = (hub: TestHub) =>
  Effect.forEach(["ada", "bob", "grace"], (user) => at(hub)(ensureUser(UserName.make(user))), { discard: true })

const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  yield* addUsers(hub)
  return { hub, repository: yield* newRepository(hub, "songs") }
})

/** What a name leads to: the id of a repository, `owner/slug` that it is now, or nothing. */
const leadsTo = (hub: TestHub, name: string, by: Principal | null = ada) => {
  const [owner = "", slug = ""] = name.split("/")
  return at(hub)(openRepository(owner, slug, by, "read")).pipe(
    Effect.map(({ id }): string => id),
    Effect.catchTags({
      RepositoryMoved: ({ to, from }) => {
        assert.strictEqual(from, name)
        return Effect.succeed(to)
      },
      RepositoryUnknown: (error) => {
        assert.strictEqual(error.name, name, "the answer names what was asked for, and nothing else")
        return Effect.succeed("nothing")
      }
    })
  )
}

const rename = (hub: TestHub, repository: Pick<Repository, "owner" | "slug">, name: string, by = ada) =>
  Effect.flatMap(at(hub)(openRepository(repository.owner, repository.slug, by, "admin")), (open) =>
    at(hub)(changeSettings(open, { name: RepositoryName.make(name) }))
  )

const transfer = (
  hub: TestHub,
  repository: Pick<Repository, "owner" | "slug">,
  from: Principal,
  to: Principal,
  whenOffered = () => {}
) =>
  Effect.gen(function* () {
    const { owner, slug } = repository
    yield* at(hub)(Effect.flatMap(openRepository(owner, slug, from, "admin"), (open) => offerTransfer(open, to.user)))
    whenOffered()
    return yield* at(hub)(Effect.flatMap(openRepository(owner, slug, to, "participate"), acceptTransfer))
  })

describe("a renamed repository", () => {
  it.effect("is found by its new name, and the former one leads there, without an index too", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const first = step("first", { "a.txt": "1" })
      yield* pushSteps(hub, repository, "main", [first])
      const renamed = yield* rename(hub, repository, "Tunes")
      assert.deepStrictEqual(renamed, { ...repository, name: "Tunes", slug: renamed.slug })
      assert.strictEqual(renamed.slug, "tunes")
      const chain = yield* chainOf(hub.store, repository.id)
      assert.strictEqual(chain.at(-1)?.changes[0]?.action, "rename")
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        assert.strictEqual(yield* leadsTo(each, "ada/tunes"), repository.id)
        assert.strictEqual(yield* leadsTo(each, "ada/songs"), "ada/tunes")
        yield* clone(each, renamed, [first.commit.id])
      }
      assert.isTrue(Option.isNone(yield* hub.index.repositoryByName(repository.owner, repository.slug)))
      yield* pushSteps(hub, renamed, "main", [step("second", { "a.txt": "2" }, [first])])
    })
  )

  it.effect("keeps its slug when only its display name changes", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      assert.deepStrictEqual(yield* rename(hub, repository, "SONGS"), { ...repository, name: "SONGS" })
      assert.strictEqual(yield* leadsTo(hub, "ada/songs"), repository.id)
    })
  )

  it.effect("leads on from every former name, and may take one of them back", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const second = yield* rename(hub, repository, "tunes")
      const third = yield* rename(hub, second, "airs")
      for (const name of ["ada/songs", "ada/tunes"]) assert.strictEqual(yield* leadsTo(hub, name), "ada/airs")
      yield* rename(hub, third, "songs")
      assert.strictEqual(yield* leadsTo(hub, "ada/songs"), repository.id)
      for (const name of ["ada/airs", "ada/tunes"]) assert.strictEqual(yield* leadsTo(hub, name), "ada/songs")
    })
  )

  it.effect("gives its former name up to a new repository of the owner, and the redirect ends", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* rename(hub, repository, "tunes")
      const other = yield* newRepository(hub, "songs")
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        assert.strictEqual(yield* leadsTo(each, "ada/songs"), other.id)
        assert.strictEqual(yield* leadsTo(each, "ada/tunes"), repository.id)
      }
    })
  )

  it.effect("does not get a name that another repository has, and changes nothing then", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const other = yield* newRepository(hub, "tunes")
      assert.strictEqual((yield* Effect.flip(rename(hub, repository, "tunes")))._tag, "RepositoryNameTaken")
      assert.strictEqual(yield* leadsTo(hub, "ada/songs"), repository.id)
      assert.strictEqual(yield* leadsTo(hub, "ada/tunes"), other.id)
      assert.strictEqual((yield* chainOf(hub.store, repository.id)).length, 1)
    })
  )

  it.effect("claims no name when the same request asks for something that is refused", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* pushSteps(hub, repository, "main", [step("first", { "a.txt": "1" })])
      const open = yield* openedFor(hub, repository, ada, "admin")
      const wanted = { name: RepositoryName.make("tunes"), defaultBranch: "none" }
      assert.strictEqual((yield* Effect.flip(at(hub)(changeSettings(open, wanted))))._tag, "BranchUnknown")
      const listed = yield* Stream.runCollect(
        everyItem(10, (page) => hub.store.documents.list({ kind: "hub", collection: "names" }, page))
      )
      assert.deepStrictEqual([...listed], ["ada.songs"])
    })
  )

  it.effect("is as unknown under its former name as under its new one to those who may not see it", () =>
    Effect.gen(function* () {
      const { hub } = yield* begun
      const secret = yield* newRepository(hub, "secret", { visibility: "private" })
      yield* rename(hub, secret, "hidden")
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        assert.strictEqual(yield* leadsTo(each, "ada/secret", ada), "ada/hidden")
        for (const by of [bob, null, person("ada", { repository: "elsewhere" as RepositoryId })]) {
          assert.strictEqual(yield* leadsTo(each, "ada/secret", by), "nothing")
          assert.strictEqual(yield* leadsTo(each, "ada/hidden", by), "nothing")
        }
        for (const access of ["participate", "write", "admin"] as const) {
          const failed = yield* Effect.flip(openedFor(each, secret, bob, access))
          assert.deepStrictEqual(
            [failed._tag, failed.message],
            ["RepositoryUnknown", "there is no repository ada/secret that you can see"]
          )
        }
      }
    })
  )

  it.effect("is found although the index missed the change of names, also when two were exchanged", () =>
    Effect.gen(function* () {
      const index = yield* memoryIndex
      let away = false
      const hub = yield* startHub({ index: failingIndex(index, (operation) => away && operation === "record") })
      yield* addUsers(hub)
      const one = yield* newRepository(hub, "one")
      const two = yield* newRepository(hub, "two")
      away = true
      const aside = yield* rename(hub, one, "aside")
      // A writer must have the index up to date.
      away = false
      yield* openedFor(hub, aside, ada, "write")
      away = true
      const first = yield* rename(hub, two, "one")
      away = false
      assert.strictEqual(yield* leadsTo(hub, "ada/two"), "ada/one")
      yield* rename(hub, aside, "two")
      assert.strictEqual(yield* leadsTo(hub, "ada/one"), two.id)
      assert.strictEqual(yield* leadsTo(hub, "ada/two"), one.id)
      yield* openedFor(hub, first, ada, "write")
      const rows = yield* index.repositories({}, { limit: 10 })
      assert.deepStrictEqual(
        rows.items.map(({ repository }) => [repository.slug, repository.id].join(" ")),
        [`one ${two.id}`, `two ${one.id}`]
      )
    })
  )
})

describe("a transfer", () => {
  it.effect("is offered by the owner and accepted by the new one; the former owner keeps the role write", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) =>
        at(hub)(changeSettings(open, { visibility: "private" }))
      )
      assert.strictEqual(yield* leadsTo(hub, "ada/songs", bob), "nothing")
      const moved = yield* transfer(hub, repository, ada, bob)
      assert.strictEqual(moved.owner, "bob")
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        assert.strictEqual(yield* leadsTo(each, "bob/songs", bob), repository.id)
        assert.strictEqual(yield* leadsTo(each, "ada/songs", ada), "bob/songs")
        assert.strictEqual(yield* leadsTo(each, "ada/songs", grace), "nothing")
        const { root } = yield* openedFor(each, moved, ada, "write")
        assert.deepStrictEqual([root.value.grants.map(String), root.value.offeredTo], [["ada,write"], null])
        assert.strictEqual((yield* Effect.flip(openedFor(each, moved, ada, "admin")))._tag, "Forbidden")
      }
      const again = yield* at(hub)(Effect.flatMap(openRepository("bob", "songs", bob, "participate"), acceptTransfer))
      assert.strictEqual(again.id, repository.id)
    })
  )

  it.effect("does not happen without an offer, by an administrator, or with a limited token", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const accept = (by: Principal) =>
        Effect.flatMap(openedFor(hub, repository, by, "participate"), (open) => at(hub)(acceptTransfer(open)))
      assert.strictEqual((yield* Effect.flip(accept(bob)))._tag, "TransferUnknown")
      const offer = (user: string, by = ada) =>
        Effect.flatMap(openedFor(hub, repository, by, "admin"), (open) => at(hub)(offerTransfer(open, user)))
      assert.strictEqual((yield* Effect.flip(offer("nobody")))._tag, "UserUnknown")
      yield* offer("bob")
      assert.strictEqual((yield* Effect.flip(accept(grace)))._tag, "TransferUnknown")
      const limited = person("bob", { repository: repository.id })
      assert.strictEqual((yield* Effect.flip(accept(limited)))._tag, "Forbidden")
      yield* Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) => at(hub)(withdrawTransfer(open)))
      assert.strictEqual((yield* Effect.flip(accept(bob)))._tag, "TransferUnknown")
      assert.strictEqual(yield* leadsTo(hub, "ada/songs"), repository.id)
    })
  )

  it.effect("is refused where the new owner has a repository of the name, and the offer stays", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* newRepository(hub, "songs", { by: bob, visibility: "private" })
      assert.strictEqual((yield* Effect.flip(transfer(hub, repository, ada, bob)))._tag, "RepositoryNameTaken")
      yield* rename(hub, repository, "tunes")
      const accepted = yield* at(hub)(
        Effect.flatMap(openRepository("ada", "tunes", bob, "participate"), acceptTransfer)
      )
      assert.strictEqual(accepted.id, repository.id)
    })
  )
})

/** Every call to the store fails once, before or after it takes effect, or from then on as in a crash. */
describe("a change of names that is cut short", () => {
  const faults: ReadonlyArray<readonly [string, Fault, "once" | "from then on"]> = [
    ["does not arrive", { failBefore: true }, "once"],
    ["loses its answer", { failAfter: true }, "once"],
    ["is the first of a crash", { failBefore: true }, "from then on"],
    ["is the last before a crash", { failAfter: true }, "from then on"]
  ]
  type Change = (hub: TestHub, repository: Repository) => Effect.Effect<Repository, { readonly _tag: string }>
  const changes: ReadonlyArray<readonly [string, string, Change]> = [
    ["rename", "ada/tunes", (hub, repository) => rename(hub, repository, "tunes")],
    ["transfer", "bob/songs", (hub, repository) => transfer(hub, repository, ada, bob)]
  ]

  for (const [what, name, change] of changes) {
    for (const [how, fault, extent] of faults) {
      it.effect(`leaves a ${what} whose call to the store ${how} done or not, and free to be made again`, () =>
        whileTimePasses(
          Effect.gen(function* () {
            let isEnough = false
            for (let failing = 1; !isEnough; failing += 1) {
              const store = yield* memoryStore
              const plain = yield* startHub({ store })
              yield* addUsers(plain)
              const repository = yield* newRepository(plain, "songs")
              const count = callCount()
              const faulty = interposed(
                interposed(
                  store,
                  injecting(() => {
                    const call = count.calls.length
                    return (extent === "once" ? call === failing : call >= failing) ? fault : undefined
                  })
                ),
                count.interpose
              )
              const outcome = yield* Effect.result(
                change(yield* startHub({ store: faulty, index: plain.index }), repository)
              )
              isEnough = count.calls.length < failing

              for (const each of [plain, yield* startHub({ store })]) {
                const [former, next] = [yield* leadsTo(each, "ada/songs"), yield* leadsTo(each, name, bob)]
                if (former === repository.id) assert.strictEqual(next, "nothing")
                else assert.deepStrictEqual([former, next], [name, repository.id])
                if (Result.isSuccess(outcome)) assert.strictEqual(next, repository.id)
              }
              if ((yield* leadsTo(plain, "ada/songs")) !== repository.id) continue
              if (failing % 2 === 0) {
                yield* change(plain, repository)
                assert.strictEqual(yield* leadsTo(plain, name, bob), repository.id)
                continue
              }
              // The name is free for another repository, and the change is refused then.
              const [owner = "", slug = ""] = name.split("/")
              const other = yield* newRepository(plain, slug, { by: person(owner) })
              assert.strictEqual(yield* leadsTo(plain, name, bob), other.id)
              assert.strictEqual((yield* Effect.flip(change(plain, repository)))._tag, "RepositoryNameTaken")
              assert.strictEqual(yield* leadsTo(plain, "ada/songs"), repository.id)
            }
          })
        )
      )
    }
  }
})

/** Returns how an attempt ended: `done`, or the tag of its failure. */
const tagOf = <A, E extends { readonly _tag: string }>(attempt: Effect.Effect<A, E>) =>
  Effect.match(attempt, { onFailure: ({ _tag }) => _tag, onSuccess: () => "done" })

describe("names that several processes want at once", () => {
  it.effect("go to one repository each, and every repository is found by the name in its root", () =>
    whileTimePasses(
      forSeeds(30, (seed) =>
        Effect.gen(function* () {
          const store = yield* memoryStore
          const plain = yield* startHub({ store })
          const slow = interposed(store, injecting(random(seed, { other: { turnsMax: 6, delayMillisMax: 2 } })))
          const processes = [
            yield* startHub({ store: slow, index: plain.index }),
            yield* startHub({ store: slow, index: plain.index })
          ]
          const made = yield* Effect.forEach(["one", "two", "three"], (name) => newRepository(plain, name))
          const writer = (place: number) =>
            Effect.gen(function* () {
              const hub = processes[place % 2] ?? plain
              const name = seed.pick(["one", "two", "four"])
              if (seed.chance(0.3)) return yield* tagOf(newRepository(hub, name))
              const { slug } = seed.pick(made)
              return yield* tagOf(rename(hub, { owner: ada.user, slug }, name))
            })
          const outcomes = yield* Effect.forEach([0, 1, 2, 3, 4, 5], writer, { concurrency: "unbounded" })
          const possible = ["done", "RepositoryNameTaken", "RepositoryMoved", "RenameOvertaken", "RepositoryUnknown"]
          for (const outcome of outcomes) assert.include(possible, outcome)
          const names = new Map<string, string>()
          const check = yield* startHub({ store })
          for (const id of (yield* store.listRepositories({ limit: 100 })).items) {
            const read = yield* store.documents.read({ kind: "root", repository: id })
            if (read._tag === "Absent") continue
            const { repository } = (yield* chainOf(store, id)).at(-1) ?? assert.fail("there is a root")
            const name = `${repository.owner}/${repository.slug}`
            assert.isUndefined(names.get(name), `${name} has one repository`)
            names.set(name, id)
            assert.strictEqual(yield* leadsTo(check, name), id)
          }
        })
      )
    )
  )
})

/** What the hub must answer, kept as simply as it can be said. */
interface Model {
  readonly id: string
  owner: string
  slug: string
  archived: boolean
  readonly isPrivate: boolean
  readonly writers: Set<string>
  offeredTo: string | undefined
}

describe("any sequence of renames, transfers, forks and archiving", () => {
  const people = [ada, bob]
  const slugs = ["a", "b", "c"]

  const run = Effect.fnUntraced(function* (seed: Seeded) {
    const index = yield* memoryIndex
    const hub = yield* startHub({
      index: failingIndex(index, (operation) => operation === "record" && seed.chance(0.2))
    })
    yield* addUsers(hub)
    const repositories: Array<Model> = []
    /** The repository that claimed each name last. */
    const claims = new Map<string, Model>()
    const nameOf = ({ owner, slug }: Model) => `${owner}/${slug}`
    const holder = (name: string) => {
      const model = claims.get(name)
      return model !== undefined && nameOf(model) === name ? model : undefined
    }
    const maySee = (model: Model, user: string | undefined) =>
      !model.isPrivate || (user !== undefined && [model.owner, model.offeredTo, ...model.writers].includes(user))
    const expected = (name: string, user: string | undefined): string => {
      const model = claims.get(name)
      if (model === undefined || !maySee(model, user)) return "nothing"
      return nameOf(model) === name ? model.id : nameOf(model)
    }
    const ownerOf = (model: Model) => person(model.owner)

    /** Carries out a step at the hub, and in the model if the hub did it. A step that the index stopped did nothing. */
    const carryOut = <A, E extends { readonly _tag: string }>(
      effect: Effect.Effect<A, E>,
      refusal: string | undefined,
      change: (result: A) => void
    ) =>
      Effect.gen(function* () {
        const outcome = yield* Effect.result(effect)
        if (Result.isFailure(outcome) && outcome.failure._tag === "IndexUnavailable") return
        if (refusal !== undefined) {
          assert(Result.isFailure(outcome), `the hub should have refused: ${refusal}`)
          assert.strictEqual(outcome.failure._tag, refusal)
          return
        }
        if (Result.isFailure(outcome)) return assert.fail(`refused: ${outcome.failure._tag}`)
        change(outcome.success)
      })

    const add = (made: Repository, isPrivate: boolean) => {
      const model: Model = {
        id: made.id,
        owner: made.owner,
        slug: made.slug,
        archived: false,
        isPrivate,
        writers: new Set(),
        offeredTo: undefined
      }
      repositories.push(model)
      claims.set(nameOf(model), model)
    }

    const begin = Effect.suspend(() => {
      const by = seed.pick(people)
      const slug = seed.pick(slugs)
      const isPrivate = seed.chance(0.5)
      const visibility = isPrivate ? "private" : "public"
      const taken = holder(`${by.user}/${slug}`) === undefined ? undefined : "RepositoryNameTaken"
      return carryOut(newRepository(hub, slug, { by, visibility, initialize: seed.chance(0.5) }), taken, (made) =>
        add(made, isPrivate)
      )
    })

    const change = Effect.suspend(() => {
      const model = seed.pick(repositories)
      const refused = (target: string) =>
        model.archived
          ? "RepositoryArchived"
          : ![undefined, model].includes(holder(target))
            ? "RepositoryNameTaken"
            : undefined
      switch (seed.below(4)) {
        case 0: {
          const slug = seed.pick(slugs)
          const target = `${model.owner}/${slug}`
          const { owner, slug: present } = { owner: UserName.make(model.owner), slug: model.slug as Repository["slug"] }
          return carryOut(rename(hub, { owner, slug: present }, slug, ownerOf(model)), refused(target), () => {
            model.slug = slug
            claims.set(target, model)
          })
        }
        case 1: {
          const to = model.owner === "ada" ? bob : ada
          const target = `${to.user}/${model.slug}`
          const { owner, slug } = { owner: UserName.make(model.owner), slug: model.slug as Repository["slug"] }
          const offered = () => {
            model.offeredTo = to.user
          }
          return carryOut(transfer(hub, { owner, slug }, ownerOf(model), to, offered), refused(target), () => {
            model.offeredTo = undefined
            model.writers.add(model.owner)
            model.writers.delete(to.user)
            model.owner = to.user
            claims.set(target, model)
          })
        }
        case 2: {
          const by = seed.pick(people)
          const slug = seed.pick(slugs)
          const refusal = !maySee(model, by.user)
            ? "RepositoryUnknown"
            : holder(`${by.user}/${slug}`) === undefined
              ? undefined
              : "RepositoryNameTaken"
          const fork = Effect.flatMap(openRepository(model.owner, model.slug, by, "read"), (open) =>
            forkRepository(open, { name: RepositoryName.make(slug) })
          )
          return carryOut(at(hub)(fork), refusal, (made) => add(made, model.isPrivate))
        }
        default: {
          const archived = seed.chance(0.5)
          const archive = Effect.flatMap(openRepository(model.owner, model.slug, ownerOf(model), "oversee"), (open) =>
            setArchived(open, archived)
          )
          return carryOut(at(hub)(archive), undefined, () => {
            model.archived = archived
          })
        }
      }
    })

    const answersAgree = Effect.fnUntraced(function* (each: TestHub) {
      for (const user of ["ada", "bob", "grace", undefined]) {
        const by = user === undefined ? null : person(user)
        for (const owner of ["ada", "bob"]) {
          for (const slug of slugs) {
            const name = `${owner}/${slug}`
            assert.strictEqual(yield* leadsTo(each, name, by), expected(name, user), `${name} for ${user}`)
          }
        }
      }
      for (const { id, owner, slug, archived } of repositories) {
        const { root } = yield* at(each)(openRepository(owner, slug, person(owner), "read"))
        assert.deepStrictEqual([root.value.repository.id, root.value.repository.archived], [id, archived])
        const heads = entriesOf(root.value.heads).map(([, head]) => head)
        yield* clone(each, root.value.repository, heads, person(owner))
      }
    })

    yield* begin
    yield* Effect.repeat(
      Effect.suspend(() => (repositories.length === 0 || seed.chance(0.2) ? begin : change)),
      { times: 24 }
    )
    yield* answersAgree(hub)
    yield* answersAgree(yield* startHub({ store: hub.store }))
  })

  it.effect("is answered as a simple model says, and the same after the index was built again", () =>
    whileTimePasses(forSeeds(25, run))
  )
})
