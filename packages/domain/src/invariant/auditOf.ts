/** What the audit log says of a change of a root. */
import type { AuditEvent } from "../port/Audit.ts"
import type { Root, RootAction, RootChange, TagEntry } from "../repository/Root.ts"

/** The daily work, which the reflog has. An action that is not listed here is in the audit log. */
const work = new Set<RootAction>([
  "push",
  "commit-files",
  "create-branch",
  "merge-proposal",
  "open-proposal",
  "close-proposal",
  "reopen-proposal",
  "store-tags",
  "publish-release"
])

type Pairs = ReadonlyArray<readonly [string, unknown]>

/** Returns the pairs that differ, as they are after the change. */
const changed = (what: string, before: Pairs, after: Pairs): ReadonlyArray<string> => {
  const texts = (pairs: Pairs) => new Map(pairs.map(([name, value]) => [name, JSON.stringify(value)]))
  const [old, present] = [texts(before), texts(after)]
  return [...new Set([...old.keys(), ...present.keys()])]
    .filter((name) => old.get(name) !== present.get(name))
    .map((name) => `${what} ${name}: ${present.get(name) ?? "none"}`)
}

const tagPair = ({ commit, id, tag }: TagEntry) => [`${tag} at ${commit}`, id] as const

/** Returns the event of a change; undefined for daily work. */
export const auditOf = (
  before: Root,
  after: Root,
  { action, by, moves }: RootChange
): Omit<AuditEvent, "outcome"> | undefined => {
  if (work.has(action)) return undefined
  const settings = (root: Root): Pairs => Object.entries(root.repository)
  return {
    action,
    by,
    about: `${before.repository.owner}/${before.repository.slug}`,
    details: [
      ...moves.map(({ from, ref, to }) => `${ref}: ${from ?? "none"} to ${to ?? "none"}`),
      ...changed("grant of", before.grants, after.grants),
      ...changed("protection of", before.protection, after.protection),
      ...changed("setting", settings(before), settings(after)),
      ...changed("offer", [["to", before.offeredTo]], [["to", after.offeredTo]]),
      ...changed("tag", before.tags.map(tagPair), after.tags.map(tagPair)),
      ...changed(
        "release",
        before.releases.map(({ tag, record }) => [tag, record]),
        after.releases.map(({ tag, record }) => [tag, record])
      )
    ]
  }
}
