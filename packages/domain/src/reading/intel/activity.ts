/** What happened on each day, by the dates of commits in UTC and by what their client says. */
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { byText } from "../../base/text/byText.ts"
import { itemsMax, type Window } from "./Window.ts"

export interface ActivityItem {
  /** `2026-11-22` */
  readonly day: string
  readonly commits: number
  /** Authors of these commits. */
  readonly contributors: number
  /** Commits that the client says an agent made, and the others. */
  readonly agents: number
  readonly humans: number
  /** Commits by the step in semantic versions that the client says. */
  readonly semVer: { readonly major: number; readonly minor: number; readonly patch: number }
  /** Breaking changes that the client says. */
  readonly breaking: number
}

const steps = ["major", "minor", "patch"] as const

class Day {
  readonly authors = new Set<string>()
  readonly semVer = { major: 0, minor: 0, patch: 0 }
  commits = 0
  agents = 0
  breaking = 0
}

/** Counts the commits of each day, the last day first. */
export const findingActivity = function* ({ commits }: Window): Slices<ReadonlyArray<ActivityItem>> {
  const days = new Map<string, Day>()
  let seen = 0
  for (const { at, author, breaking, byAgent, semVer } of commits) {
    if (++seen % sliceEntries === 0) yield
    const name = new Date(at).toISOString().slice(0, -"T00:00:00.000Z".length)
    const day = days.get(name) ?? new Day()
    days.set(name, day)
    day.commits += 1
    day.authors.add(author)
    day.breaking += breaking
    if (byAgent) day.agents += 1
    const step = steps.find((known) => known === semVer)
    if (step !== undefined) day.semVer[step] += 1
  }
  return Array.from(days, ([day, { agents, authors, breaking, commits, semVer }]): ActivityItem => ({
    day,
    commits,
    contributors: authors.size,
    agents,
    humans: commits - agents,
    semVer,
    breaking
  }))
    .toSorted((a, b) => byText(b.day, a.day))
    .slice(0, itemsMax)
}
