/** What `docs/adapters.md` says, for tests that hold it to its word. */
import { readFileSync } from "node:fs"

const page = readFileSync(new URL("../../../docs/adapters.md", import.meta.url), "utf8")

/** Text as one line, without the stars of a comment. */
export const unwrapped = (text: string): string => text.replaceAll(/\s+(\* )?/g, " ").trim()

/** The files of the worked adapter: path and content. A heading names each. */
export const workedAdapter: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^### (\S+)\n\n```\w+\n(.*?)^```$/gms)].map(([, path = "", content = ""]) => [path, content])
)

/** The promises that the page quotes, by the file that makes them. */
export const quotedPromises: ReadonlyMap<string, ReadonlyArray<string>> = new Map(
  [...page.matchAll(/is said in `(\S+)`:\n\n((?:- .*\n|  .*\n)+)/g)].map(([, file = "", list = ""]) => [
    file,
    [...list.matchAll(/^- `.*?`: (.*\n(?:  .*\n)*)/gm)].map(([, promise = ""]) => unwrapped(promise))
  ])
)
