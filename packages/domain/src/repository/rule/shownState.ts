/**
 * What a root shows to readers, as one short text: a page that has it can tell later whether it is still as it was. The
 * sequence would not do, since roots are also replaced when packs are merged.
 */
import { sha256 } from "../../object/Digest.ts"
import type { ReleaseEntry } from "../refs/kinds.ts"
import type { RefList } from "../refs/RefList.ts"
import type { RefEntry } from "../refs/RefNode.ts"
import type { Root } from "../Root.ts"

/** The parts of a repository that move by themselves, in the order in which a state has them. */
export const shownParts = ["branches", "tags", "releases", "proposals", "settings"] as const
export type ShownPart = (typeof shownParts)[number]

/** Enough to tell the states of one repository apart. */
const digits = 12

/** The top of a list names all that is below it by hash. */
const refsOf = <K extends string, V>({ kind, top }: RefList<K, V>): Uint8Array => kind.codec.encode(top)

const proposalsOf = ({ proposals }: Root): string =>
  JSON.stringify([proposals.last, proposals.open.map(({ from, number, to }) => [number, from, to])])

/** Names each member: their order in memory differs between a root that was read and one that was made. */
const settingsOf = ({ deletion, protection, repository }: Root): string => {
  const { archived, defaultBranch, description, domain, id, name, owner, slug, visibility } = repository
  const rules = protection.map(([branch, { approvals, selfApproval }]) => [branch, approvals, selfApproval])
  return JSON.stringify([
    [id, owner, slug, name, description, domain, defaultBranch, visibility, archived],
    rules,
    deletion !== null
  ])
}

/** Drafts are for those who write, so what becomes of them is shown to nobody here. */
const publishedOf = (releases: ReadonlyArray<RefEntry<string, ReleaseEntry>>): string =>
  JSON.stringify(
    releases
      .filter(([, { draft }]) => !draft)
      .toSorted(([, one], [, other]) => one.order - other.order)
      .map(([tag, { record }]) => [tag, record])
  )

/** Returns what a root with its releases shows, as one text: the same for all roots that show the same. */
export const shownState = (root: Root, releases: ReadonlyArray<RefEntry<string, ReleaseEntry>>): string =>
  [refsOf(root.heads), refsOf(root.tags), publishedOf(releases), proposalsOf(root), settingsOf(root)]
    .map((part) => sha256(part).slice(0, digits))
    .join(".")

/** Returns the parts in which two states differ. Those of a text that is no state have all changed. */
export const movedParts = (before: string, now: string): ReadonlyArray<ShownPart> => {
  const [one, other] = [before.split("."), now.split(".")]
  return shownParts.filter((_, place) => one[place] !== other[place])
}
