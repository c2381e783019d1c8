/**
 * A real browser as slow as a phone: Debian's Chromium with a quarter of the processor's speed and a mobile network. It
 * tells what Lighthouse calls total layout shift and long tasks; here they come from the browser itself.
 */
import { existsSync } from "node:fs"
import { userInfo } from "node:os"
import { chromium } from "playwright-core"
import { median } from "../measure.ts"

const executablePath = process.env["MUSEHUB_TEST_CHROMIUM"] ?? "/usr/bin/chromium"

const slowdown = 4
const network = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 }

/** What a page notes of itself, in the browser. */
interface Noted {
  readonly longest: number
  readonly shift: number
}

/** Runs in the browser, before anything of the page. */
const note = () => {
  const noted = { longest: 0, shift: 0 }
  Object.assign(globalThis, { noted })
  const observe = (type: string, add: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) add(entry)
    }).observe({ type, buffered: true })
  observe("longtask", ({ duration }) => (noted.longest = Math.max(noted.longest, duration)))
  observe("layout-shift", (entry) => (noted.shift += Number("value" in entry ? entry.value : 0)))
}

/** How often each page is opened, coming from another one. */
const looks = 5

/** How long a page is looked at after it has loaded, so that what comes late is seen. */
const settleMillis = 500

/**
 * Runs `use` with a function that opens a page of a hub on the phone a few times, and returns notes on it: the median
 * of the longest tasks over 50 ms, in ms of the phone, and how far content moved (the largest sum of layout shifts).
 * Without Chromium it notes that.
 */
export const withPhone = async (
  hub: string,
  use: (look: (address: string) => Promise<ReadonlyArray<string>>) => Promise<void>
): Promise<void> => {
  if (!existsSync(executablePath)) return use(async () => [`no Chromium at ${executablePath}`])
  const args = userInfo().uid === 0 ? ["--no-sandbox"] : []
  const browser = await chromium.launch({ executablePath, args, chromiumSandbox: false })
  try {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 })
    await context.addInitScript(note)
    const page = await context.newPage()
    const devtools = await context.newCDPSession(page)
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown })
    await devtools.send("Network.emulateNetworkConditions", network)
    const open = async (address: string) => {
      await page.goto(hub + address, { waitUntil: "load" })
      await page.waitForTimeout(settleMillis)
      return await page.evaluate(() => (globalThis as unknown as { noted: Noted }).noted)
    }
    await use(async (address) => {
      const noted: Array<Noted> = []
      for (let look = 0; look < looks; look++) {
        await open("/login")
        noted.push(await open(address))
      }
      const longest = median(noted.map((each) => each.longest))
      const shift = Math.max(...noted.map((each) => each.shift))
      return [`longest task ${longest.toFixed(0)} ms`, `layout shift ${shift.toFixed(3)}`]
    })
  } finally {
    await browser.close()
  }
}
