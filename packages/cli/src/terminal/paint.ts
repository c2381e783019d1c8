/** Colours for people. Stdout gets them if it is a terminal and `NO_COLOR` is not set, and never with `--json`. */
import { styleText } from "node:util"

/** The parts of an output that have a colour. */
const styles = {
  id: "yellow",
  folder: "blue",
  added: "green",
  removed: "red",
  place: "cyan",
  heading: "bold"
} as const

/** Colours a text that is safe for a terminal. */
export const paint = (part: keyof typeof styles, text: string): string => styleText(styles[part], text)
