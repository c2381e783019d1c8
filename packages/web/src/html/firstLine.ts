/** Returns the first line of a commit's message. */
export const firstLine = (message: string): string => {
  const [line = ""] = message.split("\n", 1)
  return line === "" ? "(no message)" : line
}
