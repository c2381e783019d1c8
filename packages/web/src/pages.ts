/** All pages of the hub. */
import type { Pages } from "@musehub/http/routes"
import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { assetRoutes } from "./page/assets.ts"
import { problemPage } from "./page/page.ts"
import { home } from "./repository/home.ts"

export const pages: Pages = {
  routes: Layer.mergeAll(assetRoutes, HttpRouter.add("GET", "/", home)),
  unknown: problemPage
}
