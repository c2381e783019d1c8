/** Parameters of URLs that no span may have. */
import { Layer } from "effect"
import { UrlParams } from "effect/http"

/** Adds the code of a sign-in link to those that are left out of spans anyway. */
export const secretParameters = Layer.succeed(UrlParams.CurrentRedactedNames, [
  ...UrlParams.CurrentRedactedNames.defaultValue(),
  "code"
])
