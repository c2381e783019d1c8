/**
 * An object whose id was derived from its content, with the exact bytes that go into the store. Only the codecs in this
 * folder make one, so code that holds it need not check the id again, and a store accepts nothing else.
 */
export type { CanonicalFields, CanonicalObject, Content } from "./internal/seal.ts"
