/** The headers under which a browser gets a file of a repository: as data, never as a page of the hub. */

/** Media that a browser shows or plays, and that cannot have scripts. */
const media = new Map([
  ["aac", "audio/aac"],
  ["avif", "image/avif"],
  ["flac", "audio/flac"],
  ["gif", "image/gif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["mid", "audio/midi"],
  ["midi", "audio/midi"],
  ["mp3", "audio/mpeg"],
  ["ogg", "audio/ogg"],
  ["png", "image/png"],
  ["wav", "audio/wav"],
  ["webp", "image/webp"]
])

/** Documents in which a browser runs scripts, should it open them. */
const active = new Set(["htm", "html", "mht", "mhtml", "pdf", "shtml", "svg", "svgz", "xht", "xhtml", "xml", "xsl"])

const suffixOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1).toLowerCase()

/** Encodes a file name for a header (RFC 8187). */
const encoded = (name: string): string =>
  encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** Returns the type of a file by its name: that of its media, or that of any bytes. */
export const contentTypeOf = (path: string): string => media.get(suffixOf(path)) ?? "application/octet-stream"

/** Returns the headers that keep a browser from opening a file as a page. */
export const containing = (path: string): { readonly [name: string]: string } => ({
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  ...(active.has(suffixOf(path))
    ? { "content-disposition": `attachment; filename*=UTF-8''${encoded(path.slice(path.lastIndexOf("/") + 1))}` }
    : {})
})
