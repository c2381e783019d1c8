/** All pages of the hub. Those of a repository are below `/-/`, which begins no route of the wire. */
import type { Pages } from "@musehub/http/routes"
import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { blame } from "./files/blame.ts"
import { comparison } from "./compare/compare.ts"
import { blob } from "./files/blob.ts"
import { overview } from "./files/overview.ts"
import { tree } from "./files/tree.ts"
import { health } from "./health/health.ts"
import { storage } from "./health/storage.ts"
import { commit } from "./history/commit.ts"
import { history } from "./history/history.ts"
import { liveRoutes } from "./live/events.ts"
import { insights } from "./insights/insights.ts"
import { assetRoutes } from "./page/assets.ts"
import { problemPage } from "./page/page.ts"
import { account, changedAccount } from "./people/account.ts"
import { deletedRepositories } from "./people/deletedRepositories.ts"
import { members } from "./people/members.ts"
import { person } from "./people/person.ts"
import { changedProposal } from "./proposals/acting.ts"
import { proposals } from "./proposals/list.ts"
import { newProposal, openedProposal } from "./proposals/opening.ts"
import { proposal } from "./proposals/proposal.ts"
import { branches, changedBranches } from "./refs/branches.ts"
import { reflog, restoredBranch } from "./refs/reflog.ts"
import { changedTags, tags } from "./refs/tags.ts"
import { changedRelease, release } from "./releases/release.ts"
import { publishedRelease, releases } from "./releases/releases.ts"
import { home } from "./repository/home.ts"
import { changedCollaborators, collaborators } from "./settings/collaborators.ts"
import { danger, riskedSettings } from "./settings/danger.ts"
import { deleted, undeleted } from "./settings/deleted.ts"
import { changedSettings, settings } from "./settings/general.ts"
import { changedProtection, protection } from "./settings/protection.ts"
import { acceptedTransfer, transfer } from "./settings/transfer.ts"
import { loginRoutes } from "./signIn/login.ts"

export const pages: Pages = {
  routes: Layer.mergeAll(
    assetRoutes,
    loginRoutes,
    liveRoutes,
    HttpRouter.add("GET", "/", home),
    HttpRouter.add("GET", "/:owner/:slug", overview),
    HttpRouter.add("GET", "/:owner/:slug/-/tree", tree),
    HttpRouter.add("GET", "/:owner/:slug/-/blob", blob),
    HttpRouter.add("GET", "/:owner/:slug/-/blame", blame),
    HttpRouter.add("GET", "/:owner/:slug/-/history", history),
    HttpRouter.add("GET", "/:owner/:slug/-/commit/:id", commit),
    HttpRouter.add("GET", "/:owner/:slug/-/proposals", proposals),
    HttpRouter.add("POST", "/:owner/:slug/-/proposals", openedProposal),
    HttpRouter.add("GET", "/:owner/:slug/-/proposals/new", newProposal),
    HttpRouter.add("GET", "/:owner/:slug/-/proposals/:number", proposal),
    HttpRouter.add("POST", "/:owner/:slug/-/proposals/:number", changedProposal),
    HttpRouter.add("GET", "/-/account", account),
    HttpRouter.add("POST", "/-/account", changedAccount),
    HttpRouter.add("GET", "/:owner/:slug/-/branches", branches),
    HttpRouter.add("POST", "/:owner/:slug/-/branches", changedBranches),
    HttpRouter.add("GET", "/:owner/:slug/-/reflog", reflog),
    HttpRouter.add("POST", "/:owner/:slug/-/reflog", restoredBranch),
    HttpRouter.add("GET", "/:owner/:slug/-/compare", comparison),
    HttpRouter.add("GET", "/:owner/:slug/-/tags", tags),
    HttpRouter.add("POST", "/:owner/:slug/-/tags", changedTags),
    HttpRouter.add("GET", "/:owner/:slug/-/releases", releases),
    HttpRouter.add("POST", "/:owner/:slug/-/releases", publishedRelease),
    HttpRouter.add("GET", "/:owner/:slug/-/release", release),
    HttpRouter.add("POST", "/:owner/:slug/-/release", changedRelease),
    HttpRouter.add("GET", "/-/health", health),
    HttpRouter.add("GET", "/:owner/:slug/-/storage", storage),
    HttpRouter.add("GET", "/:owner/:slug/-/insights", insights),
    HttpRouter.add("GET", "/-/account/deleted", deletedRepositories),
    HttpRouter.add("GET", "/-/people/:handle", person),
    HttpRouter.add("GET", "/-/people/:handle/members", members),
    HttpRouter.add("GET", "/:owner/:slug/-/settings", settings),
    HttpRouter.add("POST", "/:owner/:slug/-/settings", changedSettings),
    HttpRouter.add("GET", "/:owner/:slug/-/settings/collaborators", collaborators),
    HttpRouter.add("POST", "/:owner/:slug/-/settings/collaborators", changedCollaborators),
    HttpRouter.add("GET", "/:owner/:slug/-/settings/branches", protection),
    HttpRouter.add("POST", "/:owner/:slug/-/settings/branches", changedProtection),
    HttpRouter.add("GET", "/:owner/:slug/-/settings/danger", danger),
    HttpRouter.add("POST", "/:owner/:slug/-/settings/danger", riskedSettings),
    HttpRouter.add("GET", "/:owner/:slug/-/deleted", deleted),
    HttpRouter.add("POST", "/:owner/:slug/-/deleted", undeleted),
    HttpRouter.add("GET", "/:owner/:slug/-/transfer", transfer),
    HttpRouter.add("POST", "/:owner/:slug/-/transfer", acceptedTransfer)
  ),
  unknown: problemPage
}
