/**
 * How this program came here: a checkout runs the sources, an installed package the JavaScript that was made of them.
 * What the operator is told to type differs.
 */
const isCheckout = import.meta.url.endsWith(".ts")

/** The name under which operators run this program. */
export const invocation = isCheckout ? "npx --yes pnpm@12 musehub" : "musehub"

/** What puts a package beside the hub, where plugins are looked for. */
export const addingPackages = isCheckout ? "npx --yes pnpm@12 add --workspace-root" : "npm install"
