/** The routes of the REST API. */
import { Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import { branches } from "./branches.ts"
import { browse } from "./browse/files.ts"
import { diffs } from "./browse/diffs.ts"
import { graph } from "./browse/graph.ts"
import { search } from "./browse/search.ts"
import { symbols } from "./browse/symbols.ts"
import { history } from "./browse/history.ts"
import { intel } from "./browse/intel.ts"
import { midi } from "./browse/midi.ts"
import { collaborators } from "./collaborators.ts"
import { commits } from "./commits.ts"
import { domains } from "./domains.ts"
import { problemMiddleware } from "./middleware/problemMiddleware.ts"
import { people } from "./people/people.ts"
import { proposals } from "./proposals.ts"
import { releases } from "./releases.ts"
import { repositories } from "./repositories.ts"
import { sessions } from "./signIn/sessions.ts"
import { tags } from "./tags.ts"
import { user } from "./user.ts"

/** The maximum length of a path parameter, in characters after decoding: it may be the name of a branch. */
export const pathParameterLengthMax = 8192

const handlers = Layer.mergeAll(
  repositories,
  branches,
  commits,
  browse,
  diffs,
  search,
  graph,
  history,
  intel,
  symbols,
  midi,
  tags,
  releases,
  proposals,
  collaborators,
  user,
  sessions,
  domains,
  people
)

export const apiRoutes = HttpApiBuilder.layer(Api).pipe(Layer.provide(handlers), Layer.provide(problemMiddleware))
