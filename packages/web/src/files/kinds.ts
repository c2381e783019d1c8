/** As what a file is shown, by its name. */
import { contentTypeOf } from "@musehub/http/api/browse/rawHeaders"

export type Shown = "audio" | "midi" | "picture" | "text"

/** Returns as what a file is shown. A drawing that can have scripts is text. */
export const shownAs = (path: string): Shown => {
  const type = contentTypeOf(path)
  if (type === "audio/midi") return "midi"
  return type.startsWith("image/") ? "picture" : type.startsWith("audio/") ? "audio" : "text"
}

export const isMarkdown = (path: string): boolean => /\.(md|markdown)$/i.test(path)

export const isReadme = (name: string): boolean => /^readme(\.(md|markdown|txt))?$/i.test(name)
