/** One line of the table: an endpoint, an input at its limits, and the request. */
import type { Body, Media } from "../../load/client/client.ts"
import type { Sizes, Stage } from "../Stage.ts"
import type { Stop } from "../watchLoop.ts"

export interface Asked {
  readonly path: string
  readonly body?: Body
  readonly media?: Media
}

export interface Row {
  /** As in the documents: `GET /{owner}/{slug}/refs`. */
  readonly endpoint: string
  /** What is at its limit, in a few words, with names of `Sizes` in braces. */
  readonly input: string
  readonly ask: (stage: Stage) => Asked | Promise<Asked>
}

/** Says what is at its limit in a run of these sizes. */
export const inputOf = ({ input }: Row, sizes: Sizes): string =>
  input.replaceAll(/\{(\w+)\}/g, (name, size: keyof Sizes) => sizes[size]?.toLocaleString("en") ?? name)

/** What a row cost. */
export interface Measured extends Stop {
  readonly row: Row
  readonly status: number
}

export const row = (endpoint: string, input: string, ask: Row["ask"]): Row => ({ endpoint, input, ask })

const jsonMedia = { contentType: "application/json", accept: "application/json" }

/** A request of the REST API. */
export const rest = (path: string, body?: unknown): Asked => ({
  path: `/api/v1${path}`,
  media: jsonMedia,
  ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) })
})

/** A text of so many characters. */
export const text = (length: number): string => "x".repeat(length)
