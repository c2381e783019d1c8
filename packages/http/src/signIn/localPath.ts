/** Where a browser goes after it signed in. */

const lengthMax = 2048
/** One slash first: `//host` and `/\host` are other sites. No spaces and controls, which browsers drop. */
const pattern = /^\/(?![/\\])[^\s\\\p{Cc}]*$/u

/** Returns the path of the hub that a text names, with its query; `/` for anything else. */
export const localPath = (text: string | null | undefined): string => {
  if (text === null || text === undefined || text.length > lengthMax || !pattern.test(text)) return "/"
  const here = "http://hub.invalid"
  const url = URL.parse(text, here)
  return url !== null && url.origin === here && !url.pathname.startsWith("//") ? url.pathname + url.search : "/"
}
