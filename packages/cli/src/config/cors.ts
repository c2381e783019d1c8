/** The setting of the pages that may call the hub from a browser. */
import { Option } from "effect"
import type { Setting } from "./Setting.ts"

const anyOrigin = "*"

/** Says whether the text is an origin as browsers write it: scheme, host and port, without a path. */
const isOrigin = (text: string): boolean => /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text

export const corsOriginsSetting: Setting<ReadonlyArray<string>> = {
  variable: "MUSEHUB_CORS_ORIGINS",
  flag: null,
  fallback: "",
  accepts: "origins such as https://example.org, separated by commas, or * for all",
  parse: (text) => {
    const origins = text === "" ? [] : text.split(",").map((origin) => origin.trim())
    const isAccepted = origins.includes(anyOrigin) ? origins.length === 1 : origins.every(isOrigin)
    return isAccepted ? Option.some(origins) : Option.none()
  }
}
