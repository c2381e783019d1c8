/** The costs of measurements by name, other than seconds: what the hub spent, and the bytes on the wire. */
import type { Cost, Hub } from "./Hub.ts"
import { type Figure, median } from "./measure.ts"

export class Costs {
  readonly #costs = new Map<string, Array<Cost>>()
  readonly #bytes = new Map<string, number>()

  /** Runs `run` and records what it cost. */
  async add<A>(hub: Hub, what: string, run: () => Promise<A>): Promise<A> {
    const [value, cost] = await hub.costOf(run)
    this.#costs.set(what, [...(this.#costs.get(what) ?? []), cost])
    return value
  }

  /** Records the bytes that went over the wire. */
  sent(what: string, bytes: number): void {
    this.#bytes.set(what, bytes)
  }

  /** Forgets the costs so far: those of warm-up runs. */
  clear(): void {
    this.#costs.clear()
  }

  /** The columns of a figure, as medians. */
  of(what: string, seconds: number, objectCount: number): Omit<Figure, "what"> {
    const costs = this.#costs.get(what) ?? []
    return {
      seconds,
      objectsPerSecond: objectCount / seconds,
      megabytesPerSecond: (this.#bytes.get(what) ?? 0) / 1e6 / seconds,
      cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
      peakMiB: median(costs.map(({ peakMiB }) => peakMiB))
    }
  }
}
