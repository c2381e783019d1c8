/** The ports of an index as one object, for tests that use several of them. */
export { portsOf, type WholeIndex, wholeIndex, wholeIndexOf } from "@musehub/domain/port/index/wholeIndex"
