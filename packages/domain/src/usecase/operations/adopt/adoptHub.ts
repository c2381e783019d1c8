/** Takes over the repositories of a legacy hub, one after another, with their owners as users. */
import { Effect, Option, Schema } from "effect"
import { errorKind } from "../../../base/ErrorKind.ts"
import { hasUser, writeUser } from "../../../invariant/HubDocuments.ts"
import { nowIso } from "../../../object/now.ts"
import { PeopleIndex } from "../../../port/index/PeopleIndex.ts"
import { LegacyHub, type LegacyRepository } from "../../../port/legacy/LegacyHub.ts"
import type { StoredPack } from "../../../port/Stored.ts"
import { UserName } from "../../../repository/Names.ts"
import {
  type AdoptedRepository,
  type AdoptError,
  adoptRepository,
  type AdoptServices,
  type OnAdopting
} from "./adoptRepository.ts"
import type { OnPut } from "./HistoryTarget.ts"
import type { ReceiptsUnwritten } from "./Receipt.ts"

const decodeName = Schema.decodeUnknownOption(UserName)

/** Creates a user whom the hub lacks. The index is told. */
const bringUser = Effect.fnUntraced(function* (text: string) {
  const name = decodeName(text)
  if (Option.isNone(name) || (yield* hasUser(name.value))) return false
  const { recordUser } = yield* PeopleIndex
  const user = { name: name.value, createdAt: yield* nowIso }
  // Another writer may have been faster.
  const written = yield* Effect.catchTag(Effect.asSome(writeUser(user)), "DocumentConflict", () => Effect.succeedNone)
  if (Option.isSome(written)) yield* recordUser(written.value)
  return Option.isSome(written)
})

export interface AdoptedHub {
  /** Users that were created. */
  readonly users: number
  readonly repositories: ReadonlyArray<AdoptedRepository>
}

/** The legacy hub has no repositories of these names. Nothing was written. */
export class LegacyNamesUnknown extends Schema.TaggedError<LegacyNamesUnknown>()("LegacyNamesUnknown", {
  kind: errorKind("misconfigured"),
  names: Schema.Array(Schema.String)
}) {
  override get message() {
    return `the legacy hub has no repository ${this.names.join(", ")}: nothing was taken over`
  }
}

/** What a run takes over, and who is told of it. */
export interface AdoptOptions {
  /** Names of repositories, as `owner/slug`; all if there are none. */
  readonly names: ReadonlyArray<string>
  /** Whether commits that the legacy server made without a proper id get one, and what is built upon them. */
  readonly mayMint: boolean
  readonly onAdopting: OnAdopting
  readonly onAdopted: (repository: AdoptedRepository) => Effect.Effect<void>
  /** Is told, with the name of the repository, of packs before its root names them. */
  readonly onPut?: (name: string, packs: ReadonlyArray<StoredPack>) => Effect.Effect<void, ReceiptsUnwritten>
  /** Is told which repositories are left, all of which other processes are at. */
  readonly onWaiting?: (names: ReadonlyArray<string>) => Effect.Effect<void>
}

/** How long a run waits before it looks again whether another one has ended. */
const patience = "1 second"

const nameOf = ({ owner, slug }: LegacyRepository): string => `${owner}/${slug}`

/**
 * Takes over repositories, each unless another process is at it. Those come last: by then the other one has ended, and
 * nothing is left to do, or it was killed.
 */
const adoptAll = Effect.fnUntraced(function* (
  rows: ReadonlyArray<LegacyRepository>,
  people: ReadonlyMap<string, string>,
  { mayMint, onAdopted, onAdopting, onPut = () => Effect.void, onWaiting = () => Effect.void }: AdoptOptions
) {
  const hub = yield* LegacyHub
  const repositories: Array<AdoptedRepository> = []
  const adoptOne = Effect.fnUntraced(function* (row: LegacyRepository) {
    if (!(yield* hub.hold(row.id))) return false
    const put: OnPut = (packs) => onPut(nameOf(row), packs)
    const adopted = yield* adoptRepository(row, people, { mayMint, onAdopting, onPut: put })
    repositories.push(adopted)
    yield* onAdopted(adopted)
    return true
  }, Effect.scoped)
  let told = 0
  for (let left = rows; left.length > 0;) {
    const held: Array<LegacyRepository> = []
    for (const row of left) if (!(yield* adoptOne(row))) held.push(row)
    if (held.length === left.length) {
      if (told !== held.length) yield* onWaiting(held.map(nameOf))
      told = held.length
      yield* Effect.sleep(patience)
    }
    left = held
  }
  return repositories
})

/** Lists the repositories of these names, or all if there are none. A name that is unknown refuses the others too. */
export const repositoriesCalled = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const all = yield* (yield* LegacyHub).repositories
  if (names.length === 0) return all
  const known = new Set(all.map(nameOf))
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length > 0) return yield* new LegacyNamesUnknown({ names: unknown })
  return all.filter((row) => names.includes(nameOf(row)))
})

/**
 * Takes over what the legacy hub has and this one lacks. A run that was ended goes on where it was. Runs beside each
 * other share the work.
 */
export const adoptHub = Effect.fn("adoptHub")(function* (
  options: AdoptOptions
): Effect.fn.Return<AdoptedHub, AdoptError | LegacyNamesUnknown, AdoptServices | PeopleIndex> {
  const chosen = yield* repositoriesCalled(options.names)
  const people = yield* (yield* LegacyHub).people
  let users = 0
  for (const name of new Set([...chosen.map(({ owner }) => owner), ...people.values()])) {
    if (yield* bringUser(name)) users += 1
  }
  const repositories = yield* adoptAll(chosen, people, options)
  return { users, repositories }
})
