/** Real git as the judge of histories: a few of its commands answer for all pairs of a history. */
import { expected } from "@musehub/domain/base/expected"
import { inFolder, shell } from "../../merge/git.ts"

/** The parents of each commit, as places of earlier ones. */
export type Parents = ReadonlyArray<ReadonlyArray<number>>

export interface Verdict {
  /** The best common ancestors of both. */
  readonly bases: ReadonlyArray<number>
  /** Whether a branch at the first is moved to the second by a push without force. */
  readonly forward: boolean
}

const imported = (parents: ReadonlyArray<number>, place: number): string =>
  [
    `commit refs/heads/c${place}`,
    "committer t <t@example.org> 0 +0000",
    `data ${String(place).length}`,
    `${place}`,
    ...parents.map((parent, nth) => `${nth === 0 ? "from" : "merge"} refs/heads/c${parent}`),
    ""
  ].join("\n")

/** Returns what git says of each pair: `rev-parse one...other` names the merge bases, and `push` the fast-forwards. */
export const gitVerdicts = (
  history: Parents,
  pairs: ReadonlyArray<readonly [ours: number, theirs: number]>
): ReadonlyArray<Verdict> =>
  inFolder((folder) => {
    const stream = history.map(imported).join("")
    const moved = pairs.map(([ours], place) => `create refs/heads/p${place} refs/heads/c${ours}\n`).join("")
    shell(folder, "git init -q . && git fast-import --quiet", stream)
    shell(folder, "git update-ref --stdin", moved)
    const ids = shell(folder, "git for-each-ref --format='%(refname:short) %(objectname)' 'refs/heads/c*'").toString()
    const places = new Map([...ids.matchAll(/^c(\d+) (\w+)$/gm)].map(([, place, id = ""]) => [id, Number(place)]))
    const ranges = pairs.map(([ours, theirs]) => `c${ours}...c${theirs}`).join(" ")
    const parsed = shell(folder, `git rev-parse ${ranges}`).toString()
    const bases = [...parsed.matchAll(/\w+\n\w+\n((?:\^\w+\n)*)/g)].map(([, excluded = ""]) =>
      [...excluded.matchAll(/\w+/g)].map(([id]) => expected(places.get(id), `commit ${id} in the history`))
    )
    const refs = pairs.map(([, theirs], place) => `c${theirs}:refs/heads/p${place}`).join(" ")
    // It fails as a whole where it refuses one of the refs.
    const pushed = shell(folder, `git push --porcelain . ${refs} 2>/dev/null || true`).toString()
    const flags = new Map(
      [...pushed.matchAll(/^(.)\t\S+:refs\/heads\/p(\d+)\t/gm)].map(([, flag, at]) => [Number(at), flag])
    )
    return pairs.map((_, place) => ({
      bases: expected(bases[place], `the merge bases of pair ${place}`),
      forward: expected(flags.get(place), `the push of pair ${place}`) === " "
    }))
  })
