/**
 * Shows the progress of a transfer on stderr: one redrawn line on a terminal, else a new line every few seconds. With
 * `--json` it shows nothing.
 */
import type { OnProgress, Progress } from "@musehub/client/Progress"
import { Effect } from "effect"
import { progressLine, Rate } from "./progressLine.ts"

/** The output, such as `process.stderr`. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string) => unknown
}

const redrawMillis = 100
const lineMillis = 5000
const usualColumns = 80

const clearLine = "\r\u001b[K"

class View {
  readonly #verb: string
  readonly #what: "commits" | "objects"
  readonly #screen: Screen
  readonly #rate = new Rate()
  #shownMillis = 0
  #last: Progress | undefined
  #lastShown: Progress | undefined

  constructor(verb: string, what: "commits" | "objects", screen: Screen) {
    this.#verb = verb
    this.#what = what
    this.#screen = screen
  }

  readonly onProgress: OnProgress = (progress) => {
    this.#last = progress
    const now = Date.now()
    if (this.#shownMillis === 0) {
      // The clock and the rate start with the first report.
      this.#rate.at(now, progress.bytes)
      this.#shownMillis = now
    }
    if (now - this.#shownMillis >= (this.#screen.isTTY === true ? redrawMillis : lineMillis)) this.#show(progress, now)
  }

  #show(progress: Progress, now: number): void {
    this.#shownMillis = now
    this.#lastShown = progress
    const line = progressLine(this.#verb, progress, this.#rate.at(now, progress.bytes), this.#what)
    const { isTTY, columns, write } = this.#screen
    // A wrapped line cannot be redrawn.
    if (isTTY === true) write.call(this.#screen, clearLine + line.slice(0, (columns ?? usualColumns) - 1))
    else write.call(this.#screen, `${line}\n`)
  }

  /** Makes room for a line of another kind, where the progress is one redrawn line. */
  readonly clear = (): void => {
    if (this.#screen.isTTY !== true || this.#lastShown === undefined) return
    this.#screen.write(clearLine)
    this.#lastShown = undefined
  }

  /** Shows the final state. */
  end(): void {
    if (this.#last === undefined) return
    const isTTY = this.#screen.isTTY === true
    if (this.#last !== this.#lastShown && (isTTY || this.#lastShown !== undefined)) this.#show(this.#last, Date.now())
    if (isTTY && this.#lastShown !== undefined) this.#screen.write("\n")
  }
}

/** Runs a transfer and shows its progress, unless `hidden`. Other lines come after a call of `clear`. */
export const watched = <A, E, R>(
  {
    verb,
    what = "objects",
    hidden,
    screen = process.stderr
  }: {
    readonly verb: string
    readonly what?: "commits" | "objects"
    readonly hidden: boolean
    readonly screen?: Screen
  },
  use: (onProgress: OnProgress | undefined, clear: () => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  if (hidden) return use(undefined, () => undefined)
  return Effect.acquireUseRelease(
    Effect.sync(() => new View(verb, what, screen)),
    (view) => use(view.onProgress, view.clear),
    (view) => Effect.sync(() => view.end())
  )
}
