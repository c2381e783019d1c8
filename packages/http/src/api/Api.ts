/**
 * The contract of the REST API: endpoints, shapes and required access, without handlers. Clients import only this file;
 * `apiRoutes.ts` beside it serves the contract, and `documentation.ts` above its OpenAPI document and its pages.
 */
import { Context } from "effect"
import { HttpApi } from "effect/http-api"
import { type Demand, Demands } from "./contract/about.ts"
import { BranchesGroup } from "./contract/branches.ts"
import { BrowseGroup } from "./contract/browse/files.ts"
import { DiffsGroup } from "./contract/browse/diffs.ts"
import { GraphGroup } from "./contract/browse/graph.ts"
import { SearchGroup } from "./contract/browse/search.ts"
import { SymbolsGroup } from "./contract/browse/symbols.ts"
import { HistoryGroup } from "./contract/browse/history.ts"
import { IntelGroup } from "./contract/browse/intel.ts"
import { MidiGroup } from "./contract/browse/midi.ts"
import { CollaboratorsGroup } from "./contract/collaborators.ts"
import { CommitsGroup } from "./contract/commits.ts"
import { DomainsGroup } from "./contract/domains.ts"
import { documentation } from "./contract/document.ts"
import { ProblemMiddleware } from "./contract/middleware.ts"
import { PeopleGroup } from "./contract/people/people.ts"
import { parseOptions } from "./contract/parseOptions.ts"
import { ProposalsGroup } from "./contract/proposals.ts"
import { ReleasesGroup } from "./contract/releases.ts"
import { RepositoriesGroup } from "./contract/repositories.ts"
import { SessionsGroup } from "./contract/signIn/sessions.ts"
import { TagsGroup } from "./contract/tags.ts"
import { UserGroup } from "./contract/user.ts"

export const Api = HttpApi.make("musehub")
  .add(
    RepositoriesGroup,
    BranchesGroup,
    CommitsGroup,
    BrowseGroup,
    DiffsGroup,
    SearchGroup,
    GraphGroup,
    HistoryGroup,
    IntelGroup,
    SymbolsGroup,
    MidiGroup,
    TagsGroup,
    ReleasesGroup,
    ProposalsGroup,
    CollaboratorsGroup,
    UserGroup,
    SessionsGroup,
    DomainsGroup,
    PeopleGroup
  )
  .prefix("/api/v1")
  .middleware(ProblemMiddleware)
  .annotateMerge(parseOptions)
  .annotateMerge(documentation)
export type Api = typeof Api

/** An endpoint of the contract. */
export interface EndpointAccess {
  readonly group: string
  readonly name: string
  readonly method: string
  /** The path of the contract, with `:name` for each parameter. */
  readonly path: string
  readonly access: Demand
}

/** Returns every endpoint with its required access. */
export const accessOf = (): ReadonlyArray<EndpointAccess> => {
  const found: Array<EndpointAccess> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint, group }) => {
      const { identifier: name, method, path } = endpoint
      found.push({
        group: group.identifier,
        name,
        method,
        path,
        access: Context.getUnsafe(endpoint.annotations, Demands)
      })
    }
  })
  return found
}
