#!/usr/bin/env node
/**
 * The entry point. What has to happen before the program is loaded happens here: the size of the thread pool is set,
 * since the pool reads it on its first use; and compiled code is kept, which halves the start of every command.
 */
import { enableCompileCache } from "node:module"
import { fileURLToPath } from "node:url"

/**
 * File calls wait in this pool, most of them for fsync: the disk merges what it gets together, so more waiting threads
 * mean more durable writes a second. Waiting threads cost no processor.
 */
const threads = "24"

process.env["UV_THREADPOOL_SIZE"] ??= threads

// Beside the installed packages and not in the common temporary folder, where others could leave code for us to run.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/compiled", import.meta.url)))

const { start } = await import("./program.ts")

start()
