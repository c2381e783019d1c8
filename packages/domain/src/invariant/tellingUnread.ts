import { ContentRefused } from "../object/Refused.ts"
import { StoreUnavailable } from "../port/ObjectStore.ts"

/** Tells that bytes could not be read, where a writer refused them because they ended early. */
export const tellingUnread = <E>(error: E | ContentRefused): E | ContentRefused | StoreUnavailable =>
  error instanceof ContentRefused && error.cause instanceof StoreUnavailable ? error.cause : error
