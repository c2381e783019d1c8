/** Collects the garbage of a store by the command: a plan, then carrying it out. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { musehub, type Ran } from "./command.ts"

/** The least span that the command takes, in its words and in milliseconds: what was put later is in use. */
const leastSpan = { text: "1m", millis: 60_000 }

/** Plans a collection of all that nothing leads to, and carries it out. What is younger than a minute stays. */
export const collectAll = async (
  folder: string,
  environment: Readonly<Record<string, string>>,
  measured: (work: "gc" | "gc --apply", ran: Ran) => void
): Promise<void> => {
  const plan = join(folder, "plan.json")
  await setTimeout(leastSpan.millis)
  const spans = ["--retention", leastSpan.text, "--grace", leastSpan.text]
  measured("gc", await musehub(["gc", "--out", plan, ...spans, "--yes-really"], environment))
  const applied = await musehub(["gc", "--apply", plan, "--yes-really"], environment)
  if (!/dropped from packs: [1-9]/.test(applied.said)) throw new Error(`nothing was dropped: ${applied.said}`)
  measured("gc --apply", applied)
  await rm(plan)
}
