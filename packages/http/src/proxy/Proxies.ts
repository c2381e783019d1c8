/**
 * The way from clients to the hub: the hub's public URL, the client of a request, and the proxies whose X-Forwarded
 * headers are believed. Nothing else that a client sends, `Host` included, decides a URL that the hub gives out.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Context, Effect, Option, Result } from "effect"
import { HttpServerRequest } from "effect/http"
import { IpNetwork, NetAddress } from "effect/net"

export interface ProxyOptions {
  /** The URL under which clients know the hub, without a trailing slash; undefined if it is not configured. */
  readonly publicUrl: string | undefined
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
}

/** Clients reach the hub without a proxy. */
export const direct: ProxyOptions = { publicUrl: undefined, trustedProxies: [] }

/** The configured way to the hub. */
export class Proxies extends Context.Service<Proxies, ProxyOptions>()("@musehub/http/proxy/Proxies") {}

/** Parses an address without its zone. An IPv4 address that is mapped into IPv6 becomes IPv4. */
const parseAddress = (text: string): Option.Option<NetAddress.IpAddress> =>
  Option.map(Result.getSuccess(NetAddress.ipFromString(text.replace(/%.*$/, ""))), (address) =>
    NetAddress.toCanonical(address)
  )

/** Says whether an address belongs to a trusted proxy. */
export const isTrusted = ({ trustedProxies }: ProxyOptions, text: string): boolean =>
  Option.exists(parseAddress(text), (address) => trustedProxies.some((network) => IpNetwork.contains(network, address)))

/** Returns the last value of a header that lists one for each proxy: that of the proxy nearest to the hub. */
const nearest = (value: string | undefined): string => (value ?? "").split(",").at(-1)?.trim() ?? ""

const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i
/** A prefix, and slashes at its end. No two parts match the same text, so that it is read once, however long it is. */
const prefixPattern = /^((?:\/[\w.~-]+)+)\/*$/

/** The parts of a public URL that a trusted proxy names. */
export interface Forwarded {
  readonly protocol: "http" | "https"
  readonly host: string
  /** The path that the proxy removed from the URL, without a trailing slash; empty for none. */
  readonly prefix: string
}

/** Returns what the proxy in front of the hub says; undefined if it is not trusted, or names no possible host. */
export const forwarded = (
  options: ProxyOptions,
  { headers, peerAddress }: HttpServerRequest.HttpServerRequest
): Forwarded | undefined => {
  if (!Option.exists(peerAddress, (address) => isTrusted(options, address))) return undefined
  const host = nearest(headers["x-forwarded-host"] ?? headers["host"])
  if (!hostPattern.test(host) || !URL.canParse(`http://${host}`)) return undefined
  const [, prefix = ""] = prefixPattern.exec(nearest(headers["x-forwarded-prefix"])) ?? []
  return {
    protocol: nearest(headers["x-forwarded-proto"]).toLowerCase() === "https" ? "https" : "http",
    host,
    prefix
  }
}

/** Returns the URL that the setting, or else a trusted proxy, gives to the hub; undefined if neither does. */
export const knownUrl: Effect.Effect<string | undefined, never, Proxies | HttpServerRequest.HttpServerRequest> =
  Effect.gen(function* () {
    const options = yield* Proxies
    if (options.publicUrl !== undefined) return options.publicUrl
    const found = forwarded(options, yield* HttpServerRequest.HttpServerRequest)
    return found === undefined ? undefined : `${found.protocol}://${found.host}${found.prefix}`
  })

/** Returns the URL of the hub's own address to which the client, or an unknown proxy, connected. */
const ownUrl = (request: HttpServerRequest.HttpServerRequest): string => {
  const { localAddress = "", localPort } = NodeHttpServerRequest.toIncomingMessage(request).socket
  const host = Option.match(parseAddress(localAddress), {
    onNone: () => "localhost",
    onSome: (address) =>
      NetAddress.isIpv6Address(address) ? `[${NetAddress.formatIp(address)}]` : NetAddress.formatIp(address)
  })
  return `http://${host}:${localPort}`
}

/** Returns the URL of the hub, without a trailing slash, for URLs that the hub gives out. */
export const publicUrl = Effect.gen(function* () {
  return (yield* knownUrl) ?? ownUrl(yield* HttpServerRequest.HttpServerRequest)
})

/** Returns the address of the client: behind trusted proxies, the nearest address that is none of them. */
export const clientAddress: Effect.Effect<string, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ remoteAddress }) =>
    Option.match(Option.flatMap(remoteAddress, parseAddress), { onNone: () => "unknown", onSome: NetAddress.formatIp })
)
