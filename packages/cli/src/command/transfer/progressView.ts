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
  readonly #bytes = new Rate()
  readonly #objects = new Rate()
  #findings = 0
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
      this.#bytes.at(now, progress.bytes)
      this.#objects.at(now, progress.objects)
      this.#shownMillis = now
    }
    if (now - this.#shownMillis >= (this.#screen.isTTY === true ? redrawMillis : lineMillis)) this.#show(progress, now)
  }

  #show(progress: Progress, now: number): void {
    this.#shownMillis = now
    this.#lastShown = progress
    const { isTTY, columns, write } = this.#screen
    // A wrapped line cannot be redrawn.
    const width = isTTY === true ? (columns ?? usualColumns) - 1 : Infinity
    const line = progressLine(this.#verb, progress, {
      bytesPerSecond: this.#bytes.at(now, progress.bytes),
      objectsPerSecond: this.#objects.at(now, progress.objects),
      findings: this.#findings,
      what: this.#what,
      width
    })
    if (isTTY === true) write.call(this.#screen, clearLine + line.slice(0, width))
    else write.call(this.#screen, `${line}\n`)
  }

  /** Makes room for a line of another kind, where the progress is one redrawn line. */
  readonly clear = (): void => {
    if (this.#screen.isTTY !== true || this.#lastShown === undefined) return
    this.#screen.write(clearLine)
    this.#lastShown = undefined
  }

  /** Counts something wrong, and makes room for the line that tells it. */
  readonly found = (): void => {
    this.#findings += 1
    this.clear()
  }

  /** Shows the final state. */
  end(): void {
    if (this.#last === undefined) return
    const isTTY = this.#screen.isTTY === true
    if (this.#last !== this.#lastShown && (isTTY || this.#lastShown !== undefined)) this.#show(this.#last, Date.now())
    if (isTTY && this.#lastShown !== undefined) this.#screen.write("\n")
  }
}

/**
 * Runs a transfer and shows its progress, unless `hidden`. Other lines come after a call of `clear`, and those about
 * something wrong after one of `found`, which counts it.
 */
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
  use: (onProgress: OnProgress | undefined, clear: () => void, found: () => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const nothing = () => undefined
  if (hidden) return use(undefined, nothing, nothing)
  return Effect.acquireUseRelease(
    Effect.sync(() => new View(verb, what, screen)),
    (view) => use(view.onProgress, view.clear, view.found),
    (view) => Effect.sync(() => view.end())
  )
}
