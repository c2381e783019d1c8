/** The style sheet, the icon and the script of the pages, under names that have the hash of their content. */
import { sha256 } from "@musehub/domain/object/Digest"
import { Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { readFileSync } from "node:fs"

const digits = 16

const asset = (file: string, contentType: string) => {
  const bytes = readFileSync(new URL(`../../assets/${file}`, import.meta.url))
  const [name, suffix] = file.split(".")
  return { bytes, contentType, address: `/static/${name}-${sha256(bytes).slice(0, digits)}.${suffix}` as const }
}

export const styles = asset("musehub.css", "text/css; charset=utf-8")
export const icon = asset("icon.svg", "image/svg+xml")
export const script = asset("musehub.js", "text/javascript; charset=utf-8")

type Asset = ReturnType<typeof asset>

const routeTo = (address: `/${string}`, { bytes, contentType }: Asset, control: string) =>
  HttpRouter.add(
    "GET",
    address,
    HttpServerResponse.uint8Array(bytes, { contentType, headers: { "cache-control": control } })
  )

const routeOf = (each: Asset) => routeTo(each.address, each, "public, max-age=31536000, immutable")

/** Where browsers look for the icon of what names none, such as `/docs` and JSON. */
const usualIcon = routeTo("/favicon.ico", icon, "public, max-age=86400")

/** `static` is no name of an owner, so these routes hide no repository. */
export const assetRoutes = Layer.mergeAll(routeOf(styles), routeOf(icon), routeOf(script), usualIcon)
