/** The project's own rules for oxlint; `.oxlintrc.json` says where each holds. */
import { noAmbient } from "./rule/noAmbient.mjs"
import { noEmptyFallback } from "./rule/noEmptyFallback.mjs"

export default {
  meta: { name: "house" },
  rules: { "no-ambient": noAmbient, "no-empty-fallback": noEmptyFallback }
}
