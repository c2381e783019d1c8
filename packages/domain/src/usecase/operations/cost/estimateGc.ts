/**
 * Tells what carrying out the plan of a garbage collection asks the store, and how many bytes it frees. Each repository
 * is looked at again before anything goes. Documents beside a root that are deleted with it are not counted.
 */
import type { Plan, PlanEntry } from "../gc/Plan.ts"
import type { Survey } from "../gc/survey.ts"
import { addPackEnd, addPackRuns } from "./packRequests.ts"
import { type RequestClass, requestClasses, Requests } from "./Requests.ts"

/** Names of one list of what is condemned. */
const namesMax = 10_000
/** Collections of a repository that are listed when all that it has goes. */
const erasedCollections = 11

/** Adds finding what keeps objects: proposals, and which commits have remarks. */
const addStartingPoints = (requests: Requests, { root }: Survey): void => {
  requests.listed(root.value.proposals.last)
  requests.get += root.value.proposals.last
  requests.listed(0)
}

/** Adds a look at a repository: its root, its name, what keeps objects, its packs. */
const addLook = (requests: Requests, looked: Survey): void => {
  const { large, root, table, unnamed } = looked
  requests.get += 4 + (root.value.catalog === null ? 0 : 1)
  requests.listed(table.packs.length + unnamed.length)
  requests.listed(large.size)
  addStartingPoints(requests, looked)
  for (const pack of table.packs) {
    addPackEnd(requests, pack)
    addPackRuns(requests, pack, ({ type }) => type !== "blob")
  }
  requests.head += unnamed.length
  requests.get += unnamed.length
}

/** Adds a move of the root: it is read, written with the copy of the one before it, and read by the index. */
const addMove = (requests: Requests): void => {
  requests.get += 3
  requests.put += 2
}

/** Adds that packs are written again, and that the rows of the repository are recorded again. */
const addDrop = (requests: Requests, looked: Survey): void => {
  addMove(requests)
  addStartingPoints(requests, looked)
  for (const pack of looked.table.packs) {
    addPackEnd(requests, pack)
    addPackRuns(requests, pack)
    requests.put += 1
    addPackEnd(requests, pack)
    addPackRuns(requests, pack, ({ type }) => type !== "blob")
  }
}

/** Returns what carrying out the entries of a repository takes, as it was found. */
export const requestsToCollect = (looked: Survey, entries: ReadonlyArray<PlanEntry>): Readonly<Requests> => {
  const requests = new Requests()
  const count = (...kinds: ReadonlyArray<PlanEntry["kind"]>) =>
    entries.filter(({ kind }) => kinds.includes(kind)).length
  if (entries.length > count("upload")) {
    requests.get += 1
    addLook(requests, looked)
  }
  const struck = count("pack", "blob")
  if (count("drop") > 0) {
    addDrop(requests, looked)
    if (struck > 0) addLook(requests, looked)
  }
  for (let left = struck; left > 0; left -= namesMax) {
    // The mark, the list of what it condemns, a look at it, and the lists that others have left.
    addMove(requests)
    addMove(requests)
    requests.put += 1
    requests.get += 2
    requests.listed(0)
    requests.delete += 1
  }
  if (count("upload") > 0) requests.listed(count("upload"))
  requests.delete += struck + count("upload")
  return requests
}

const addErasure = (requests: Requests, objects: number): void => {
  for (let moves = 0; moves < 2; moves += 1) addMove(requests)
  requests.list += erasedCollections
  requests.listed(objects)
  requests.delete += objects
}

const addAnswer = (requests: Requests): void => {
  requests.get += 1
  requests.put += 1
  requests.delete += 1
}

export interface GcEstimate {
  readonly requests: Readonly<Requests>
  /** Bytes that the store has less afterwards; those of packs that are written again go by a later plan. */
  readonly freedBytes: number
}

/** Estimates carrying out a plan. */
export const estimateGc = ({ entries, repositories }: Pick<Plan, "entries" | "repositories">): GcEstimate => {
  const requests = new Requests()
  let freedBytes = 0
  const add = (some: Readonly<Record<RequestClass | "bytes", number>>) => {
    for (const each of [...requestClasses, "bytes"] as const) requests[each] += some[each]
  }
  // The probe, the hub's name, and the time of the store.
  requests.get += 2
  add({ list: 0, get: 0, head: 1, put: 1, delete: 1, bytes: 0 })
  for (const { apply, dropped } of repositories) {
    add(apply)
    freedBytes += dropped
  }
  for (const entry of entries) {
    if (entry.kind === "answer") addAnswer(requests)
    if (entry.kind === "repository") addErasure(requests, entry.objects)
    if ("size" in entry && entry.kind !== "drop") freedBytes += entry.size
  }
  return { requests, freedBytes }
}
