/**
 * An object whose id was derived from its content, with the exact bytes to store. Only the codecs in this folder make
 * one, so code that holds it need not check the id again. A store accepts nothing else.
 */
export type { CanonicalFields, CanonicalObject, Content, Decoded } from "./internal/seal.ts"
