/** The roles that organisations give to members of their teams, beside the grants of a root. */
import { Context, Effect } from "effect"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { FullName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import { noTeams, type RoleInTeams } from "../../repository/rule/roles.ts"

/** Finds what teams may do in a repository. The default knows no teams. */
export const TeamRoles = Context.Reference<{
  readonly of: (name: FullName) => Effect.Effect<RoleInTeams, StoreUnavailable>
}>("@musehub/domain/invariant/TeamRoles", { defaultValue: () => ({ of: () => Effect.succeed(noTeams) }) })

/** Finds what teams may do in a repository. */
export const teamRolesOf = ({ repository }: Pick<Root, "repository">): Effect.Effect<RoleInTeams, StoreUnavailable> =>
  Effect.flatMap(TeamRoles, ({ of }) => of(repository))
