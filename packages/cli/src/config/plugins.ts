/**
 * Loads third-party adapters: packages that the operator names, each with a plugin as its default export, whose shape
 * is checked.
 */
import { ConfigurationRefused, type Plugin } from "@musehub/domain/port/Plugin"
import { Effect, Predicate } from "effect"
import { addingPackages } from "../installation.ts"
import { pluginsSetting } from "./Configuration.ts"
import { quoted } from "./Setting.ts"

const schemePattern = /^[a-z][a-z0-9+.-]*$/

/** Says whether a value has the shape of a plugin. */
export const isPlugin = (value: unknown): value is Plugin =>
  Predicate.hasProperty(value, "port") &&
  (value.port === "ObjectStore" || value.port === "Index" || value.port === "Extractor") &&
  Predicate.hasProperty(value, "scheme") &&
  typeof value.scheme === "string" &&
  schemePattern.test(value.scheme) &&
  Predicate.hasProperty(value, "usage") &&
  typeof value.usage === "string" &&
  Predicate.hasProperty(value, "layer") &&
  typeof value.layer === "function"

const refuse = (reason: string) => new ConfigurationRefused({ setting: pluginsSetting.variable, reason })

const firstLine = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0] ?? ""

/** Node reports the same code if an installed package lacks another one, so the name decides. */
const isNotInstalled = (cause: unknown, name: string) =>
  Predicate.hasProperty(cause, "code") &&
  cause.code === "ERR_MODULE_NOT_FOUND" &&
  firstLine(cause).includes(`'${name}'`)

/** Imports one package and returns its plugin. */
export const loadPlugin = Effect.fnUntraced(function* (name: string) {
  const module: unknown = yield* Effect.tryPromise({
    try: () => import(name),
    catch: (cause) =>
      refuse(
        isNotInstalled(cause, name)
          ? `the package ${quoted(name)} is not installed beside the hub; add it with ${addingPackages}`
          : `the package ${quoted(name)} cannot be loaded: ${firstLine(cause)}`
      )
  })
  const plugin: unknown = Predicate.hasProperty(module, "default") ? module.default : undefined
  if (isPlugin(plugin)) return plugin
  return yield* refuse(
    `the default export of ${quoted(name)} is not a plugin; expected { port: "ObjectStore" | "Index" | "Extractor", ` +
      "scheme, usage, layer }"
  )
})
