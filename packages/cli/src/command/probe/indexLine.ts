import type { IndexReport } from "@musehub/domain/hub/IndexReport"

/** Formats on one line what an index can do. */
export const indexLine = ({ encoding, encrypted, pooled, server, writable }: IndexReport): string =>
  [
    server,
    ...(encoding === null ? [] : [encoding]),
    ...(encrypted ? ["encrypted"] : []),
    ...(pooled ? ["behind a pooler, so statements are not prepared"] : []),
    writable ? "takes writes" : "READ-ONLY"
  ].join(", ")
