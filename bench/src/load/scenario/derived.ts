/** Waits for what the hub derives in the background. */
import { setTimeout as sleep } from "node:timers/promises"
import { call, type Place, type Remote } from "../client/client.ts"

const json = { accept: "application/json" }
const pauseMillis = 20

/** Reads from the REST API of a repository; `query` begins with the endpoint. */
export const read = async (remote: Remote, { path }: Place, query: string): Promise<unknown> =>
  JSON.parse((await call(remote, "GET", `/api/v1/repos${path}/${query}`, undefined, json)).toString())

/** What is derived, and a question whose answer says whether all of it is there. */
const questions = {
  touches: (file: string) => `history?limit=1&path=${encodeURIComponent(file)}`,
  symbols: (file: string) => `symbols?limit=1&path=${encodeURIComponent(file)}`
} as const

/** Waits until one thing is derived from all commits of a repository. `file` is one of its paths. */
export const untilDerived = async (remote: Remote, place: Place, what: keyof typeof questions, file: string) => {
  const isComplete = async () =>
    ((await read(remote, place, questions[what](file))) as { readonly complete: boolean }).complete
  while (!(await isComplete())) await sleep(pauseMillis)
}
