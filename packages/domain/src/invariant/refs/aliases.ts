/** Commits of an adopted repository by the ids that they had at the legacy hub. */
import type { Root } from "../../repository/Root.ts"
import { refIn } from "./refs.ts"

/** Finds the commit that a legacy hub called so. Costs nothing in a repository without such commits. */
export const aliasIn = (root: Root, legacy: string) => refIn(root, root.aliases, legacy)
