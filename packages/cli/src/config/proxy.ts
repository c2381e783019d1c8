/** The settings of a hub behind a proxy: its public URL, and the proxies whose headers are believed. */
import { Effect, Option, Result } from "effect"
import { IpInterface, IpNetwork } from "effect/net"
import { readSetting, type Setting } from "./Setting.ts"

/** How clients reach the hub. */
export interface ProxyConfiguration {
  /** Without a trailing slash; undefined if clients reach the hub at its own address. */
  readonly publicUrl: string | undefined
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
}

/** A path whose segments a proxy cannot rewrite: no escapes, no dots. */
const pathPattern = /^\/(?:[\w~-][\w.~-]*\/?)*$/
const urlLengthMax = 1024

/** Undefined: clients reach the hub at its own address. */
export const publicUrlSetting: Setting<string | undefined> = {
  variable: "MUSEHUB_PUBLIC_URL",
  flag: null,
  fallback: "",
  accepts: "the https or http URL of the hub, such as https://example.org/hub, without user, query or fragment",
  parse: (text) => {
    if (text === "") return Option.some(undefined)
    const url = text.length > urlLengthMax ? null : URL.parse(text)
    if (url === null || !["https:", "http:"].includes(url.protocol) || !pathPattern.test(url.pathname)) {
      return Option.none()
    }
    const shown = `${url.origin}${url.pathname}`
    return url.href === shown ? Option.some(shown.replace(/\/$/, "")) : Option.none()
  }
}

/** Parses an address or a network. A network whose address has host bits is refused, since its meaning is a guess. */
const parseNetwork = (text: string): Option.Option<IpNetwork.IpNetwork> =>
  Option.flatMap(
    Result.getSuccess(IpInterface.fromString(text, { prefix: "optional" })),
    ({ address, prefixLength }): Option.Option<IpNetwork.IpNetwork> =>
      Result.getSuccess(IpNetwork.make(address, prefixLength))
  )

export const trustedProxiesSetting: Setting<ReadonlyArray<IpNetwork.IpNetwork>> = {
  variable: "MUSEHUB_TRUSTED_PROXIES",
  flag: null,
  fallback: "",
  accepts: "IP addresses and networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas",
  parse: (text) =>
    text === "" ? Option.some([]) : Option.all(text.split(",").map((network) => parseNetwork(network.trim())))
}

/** Reads how clients reach the hub. */
export const readProxies = Effect.gen(function* () {
  const configuration: ProxyConfiguration = {
    publicUrl: (yield* readSetting(publicUrlSetting, Option.none())).value,
    trustedProxies: (yield* readSetting(trustedProxiesSetting, Option.none())).value
  }
  return configuration
})
