/** The line without its code: a comment of its own, or one behind code. */
const commentIn = (line: string): string => {
  if (/^\s*(\/\*|\*|\/\/)/.test(line)) return line.replace(/^(\s*)(\/\*\*?|\*\/?|\/\/)/, blanks)
  const start = / \/\/ /.exec(line)
  return start === null ? "" : blanks(line.slice(0, start.index + 4)) + line.slice(start.index + 4)
}

const blanks = (text: string): string => " ".repeat(text.length)

/**
 * The comments of a source text, in their places. It goes by lines, as the formatter writes them, so a template of text
 * whose line begins with an asterisk counts as one too.
 */
export const commentsOf = (source: string): string => source.split("\n").map(commentIn).join("\n")
