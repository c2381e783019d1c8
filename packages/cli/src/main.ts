#!/usr/bin/env node
/**
 * The entry point. A Node that is too old is refused before anything is loaded that it may not understand, so this file
 * imports nothing that Node 14 lacks. Two more things happen before the program is loaded: the size of the thread pool
 * is set, since the pool reads it on first use, and compiled code is cached, which halves the start of every command.
 */
import module from "node:module"
import { fileURLToPath } from "node:url"

/** The oldest Node that runs the hub; `engines` in package.json says the same. */
const oldestNode = 24

/**
 * File calls wait in this pool, most of them for fsync. The disk merges concurrent syncs, so more waiting threads mean
 * more durable writes a second; waiting threads use no processor time.
 */
const threads = "24"

if (Number(process.versions.node.split(".", 1)[0]) < oldestNode) {
  process.stderr.write(
    `musehub: needs Node ${oldestNode} or newer, and this is ${process.version} (${process.execPath}); ` +
      "install a newer one, or put it first in PATH\n"
  )
  process.exitCode = 2
} else {
  process.env["UV_THREADPOOL_SIZE"] ??= threads
  // Beside the installed packages instead of the shared temporary folder, where other users could plant code.
  module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url)))
  const { start } = await import("./program.ts")
  start()
}
