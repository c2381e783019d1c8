/** Answers a push, in dictionary form or mpack (docs/wire.md, section 4). */
import type { PushAnswer } from "@musehub/domain/usecase/push/push"
import type { MpackPushAnswer } from "@musehub/domain/usecase/push/pushMpack"
import type { Headers } from "effect/http"
import { acceptedEncoding, answer } from "../Encoding.ts"

/**
 * `{ok, message, branch_heads: {branch: commit id}, remote_head}`, and `took` after a stream. Clients look at the head
 * of the pushed branch, so the answer has no others.
 */
export const pushAnswer = (headers: Headers.Headers, pushed: PushAnswer, took?: MpackPushAnswer["took"]) =>
  answer(acceptedEncoding(headers), {
    ok: true,
    message: `pushed ${pushed.commits} commit(s) to ${JSON.stringify(pushed.branch)}`,
    branch_heads: new Map([[pushed.branch, pushed.head]]),
    remote_head: pushed.head,
    ...(took === undefined ? {} : { took: { ...took } })
  })
