/** Why there are no symbols to show. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { CommitId } from "../../object/Id.ts"

/** The hub has no extractor. */
export class SymbolsOff extends Schema.TaggedError<SymbolsOff>()("SymbolsOff", { kind: errorKind("not found") }) {
  override get message() {
    return "this hub extracts no symbols: its operator turned that off (MUSEHUB_EXTRACTOR)"
  }
  get publicMessage() {
    return "this hub extracts no symbols: its operator turned that off"
  }
}

const quoted = (text: string): string => JSON.stringify(cut(text, 200))

/** No commit of the history has a symbol at this address. */
export class SymbolUnknown extends Schema.TaggedError<SymbolUnknown>()("SymbolUnknown", {
  kind: errorKind("not found"),
  commit: CommitId,
  address: Schema.String,
  /** The addresses of the first symbols that the file has. */
  addresses: Schema.Array(Schema.String)
}) {
  static readonly details = ["commit", "address", "addresses"] as const
  override get message() {
    const known =
      this.addresses.length === 0
        ? "an address is a path and a qualified name, such as src/song.py::Song.play"
        : `its file has ${this.addresses.map(quoted).join(", ")}`
    return `commit ${this.commit} and its ancestors have no symbol ${quoted(this.address)}; ${known}`
  }
}
