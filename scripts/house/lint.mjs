/** The project's own rules for oxlint; `.oxlintrc.json` says where each holds. */
import { noEmptyFallback } from "./rule/noEmptyFallback.mjs"

export default {
  meta: { name: "house" },
  rules: { "no-empty-fallback": noEmptyFallback }
}
