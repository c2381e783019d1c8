#!/usr/bin/env node
/**
 * The entry point. Two things happen before the program is loaded: the size of the thread pool is set, since the pool
 * reads it on first use, and compiled code is cached, which halves the start of every command.
 */
import { enableCompileCache } from "node:module"
import { fileURLToPath } from "node:url"

/**
 * File calls wait in this pool, most of them for fsync. The disk merges concurrent syncs, so more waiting threads mean
 * more durable writes a second; waiting threads use no processor time.
 */
const threads = "24"

process.env["UV_THREADPOOL_SIZE"] ??= threads

// Beside the installed packages instead of the shared temporary folder, where other users could plant code.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url)))

const { start } = await import("./program.ts")

start()
