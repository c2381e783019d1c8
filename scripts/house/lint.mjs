/** The project's own rules for oxlint; `.oxlintrc.json` says where each holds. */
import { fileName } from "./rule/fileName.mjs"
import { noAmbient } from "./rule/noAmbient.mjs"
import { noEmptyFallback } from "./rule/noEmptyFallback.mjs"
import { portMembers } from "./rule/portMembers.mjs"
import { statedFailures } from "./rule/statedFailures.mjs"

export default {
  meta: { name: "house" },
  rules: {
    "file-name": fileName,
    "no-ambient": noAmbient,
    "no-empty-fallback": noEmptyFallback,
    "port-members": portMembers,
    "stated-failures": statedFailures
  }
}
