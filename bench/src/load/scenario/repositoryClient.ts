/** One client of a hub that pushes and clones a whole repository in each form of the wire, and reports what it cost. */
import { type Checked, fetchDictionaryChecked, fetchMpackChecked } from "../client/checkedClient.ts"
import { createRepository, fetchAndForget, type Media, type Place, push } from "../client/client.ts"
import { Costs } from "../Costs.ts"
import type { GeneratedRepository } from "../GeneratedRepository.ts"
import type { Hub } from "../Hub.ts"
import { timed } from "../measure.ts"
import { mpackContent, writtenPush } from "../client/mpackBodies.ts"
import { acceptMpack, acceptZstd, pushMpack } from "../client/mpackClient.ts"
import { fetchRequest, pushRequests } from "../client/requests.ts"
import type { Bench } from "./Bench.ts"

/** The form of the wire that an answer is requested in. */
export const forms = ["dictionary", "mpack", "mpack, zstd"] as const
export type Form = (typeof forms)[number]

const mediaOf: { readonly [F in Form]: Media } = { dictionary: {}, mpack: acceptMpack, "mpack, zstd": acceptZstd }

const fetchChecked: { readonly [F in Form]: (hub: Hub, path: string, body: Uint8Array) => Promise<Checked> } = {
  dictionary: fetchDictionaryChecked,
  mpack: fetchMpackChecked,
  "mpack, zstd": (hub, path, body) => fetchMpackChecked(hub, path, body, { media: acceptZstd })
}

/** A client with everything encoded beforehand. All its functions return seconds. */
export const repositoryClient = (bench: Bench, repository: GeneratedRepository) => {
  const { name } = repository
  const content = mpackContent(repository)
  const requests = pushRequests(repository.commits, repository.blobs)
  const clone = fetchRequest([content.tip])
  const costs = new Costs()
  const places = new Map<string, Place>()
  const progress = (text: string, millis: number, more = "") =>
    bench.say(`${bench.store.name}, ${text}: ${Math.round(millis)} ms${more}`)

  const placeOf = (run: string): Place => {
    const place = places.get(run)
    if (place === undefined) throw new Error(`${run} was not pushed`)
    return place
  }
  const create = async (hub: Hub, run: string) => {
    const place = await createRepository(hub, "bench", `${name}-${run}`)
    places.set(run, place)
    return place
  }

  return {
    content,
    objectCount: requests.objectCount,
    costs,
    placeOf,
    pushDictionary: async (hub: Hub, run: string): Promise<number> => {
      const { path } = await create(hub, run)
      const times = await costs.add(hub, "push dictionary", () => push(hub, path, requests))
      const parts = [`ask ${Math.round(times.asked)}`, `objects ${Math.round(times.objects)}`]
      progress(`push ${name} ${run}`, times.total, ` (${parts.join(", ")}, push ${Math.round(times.push)})`)
      costs.sent("push dictionary", requests.bytes)
      return times.total / 1000
    },
    pushMpack: async (hub: Hub, run: string): Promise<number> => {
      const place = await create(hub, `${run}-mpack`)
      const body = await writtenPush(place.id, content)
      const millis = await costs.add(hub, "push mpack", () => pushMpack(hub, place, body))
      progress(`push ${name} ${run}, mpack`, millis)
      costs.sent("push mpack", body.byteLength)
      return millis / 1000
    },
    merge: async (hub: Hub, run: string): Promise<number> => {
      const seconds = await timed(() => hub.operate("repo", "pack", placeOf(run).path.slice(1)))
      progress(`merge the packs of ${name} ${run}`, seconds * 1000)
      return seconds
    },
    /** Clones and counts the answer without keeping it; `how` tells apart figures of the same form. */
    clone: async (hub: Hub, form: Form, run: string, how = ""): Promise<number> => {
      const what = `clone ${form}${how}`
      const fetched = await costs.add(hub, what, () => fetchAndForget(hub, placeOf(run).path, clone, mediaOf[form]))
      const { bytes, firstByte, total } = fetched
      progress(
        `clone ${name} ${run}, ${form}${how}`,
        total,
        ` (first byte ${Math.round(firstByte)} ms, ${bytes} bytes)`
      )
      costs.sent(what, bytes)
      return total / 1000
    },
    /** Clones and verifies the answer, which must be complete. */
    cloneChecked: async (hub: Hub, form: Form, run: string): Promise<number> => {
      const { objects, total } = await fetchChecked[form](hub, placeOf(run).path, clone)
      if (objects !== requests.objectCount) {
        throw new Error(`a clone in ${form} form gave ${objects} of ${requests.objectCount} objects`)
      }
      progress(`clone ${name} ${run}, ${form}, checked`, total)
      return total / 1000
    }
  }
}
