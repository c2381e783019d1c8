/** Statements about symbols. */
import { type ExtractedSymbol, refusals, symbolKinds, visibilities } from "@musehub/domain/port/extractor/Extraction"
import { BlobId, CommitId, type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import {
  type BlobIn,
  type BlobSymbols,
  type BlobUses,
  type DerivedSymbols,
  type ExtractedBlob,
  type SymbolBatch,
  symbolChanges,
  type SymbolEvent,
  type SymbolEventAt,
  type SymbolIndex
} from "@musehub/domain/port/index/derived/SymbolIndex"
import type { TouchPlace } from "@musehub/domain/port/index/derived/TouchIndex"
import { Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { asOperation } from "../../Errors.ts"
import { booleanArray, integerArray, statementRowsMax, textArray, withoutNul } from "../../Parameters.ts"
import { beforePlace } from "./beforePlace.ts"
import { takingParts } from "./Derivations.ts"
import { decoded } from "../Rows.ts"

const ExtractedSymbolRow = Schema.Struct({
  name: Schema.String,
  qualifiedName: Schema.String,
  kind: Schema.Literals(symbolKinds),
  visibility: Schema.Literals(visibilities),
  line: Schema.Int,
  endLine: Schema.Int,
  bodyHash: Sha256,
  signatureHash: Sha256
})

const decodeSymbols = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(ExtractedSymbolRow)))
const decodeRefusal = Schema.decodeUnknownOption(Schema.NullOr(Schema.Literals(refusals)))

const blobRows = decoded(
  Schema.Struct({
    blob: BlobId,
    language: Schema.String,
    symbols: Schema.String,
    refused: Schema.NullOr(Schema.String)
  })
)

const EventRow = Schema.Struct({
  generation: Schema.Int,
  commit: CommitId,
  kind: Schema.Literals(symbolKinds),
  change: Schema.Literals(symbolChanges),
  body: Schema.Boolean,
  signature: Schema.Boolean,
  former: Schema.NullOr(Schema.String)
})
const eventRows = decoded(EventRow)

const eventOf = ({ former, ...event }: typeof EventRow.Type): SymbolEventAt => ({
  ...event,
  former: former ?? undefined
})

const names = Schema.Array(Schema.String)
const decodeUses = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ calls: names, imports: names })))
const usesRows = decoded(Schema.Struct({ blob: BlobId, language: Schema.String, uses: Schema.String }))

const countRows = decoded(Schema.Struct({ blob: BlobId, language: Schema.String, symbols: Schema.Int }))

const changedRows = decoded(
  Schema.Struct({
    place: Schema.Int,
    address: Schema.String,
    change: Schema.Literals(symbolChanges),
    former: Schema.NullOr(Schema.String)
  })
)

/** Characters of JSON that one statement takes. */
const statementLengthMax = 1024 * 1024

interface BlobText extends Pick<ExtractedBlob, "blob" | "language" | "refused"> {
  readonly symbols: string
  readonly uses: string
  readonly count: number
}

/** Cuts blobs into the rows of one statement each, which are made when they are asked for. */
const blobPartsOf = function* (blobs: ReadonlyArray<ExtractedBlob>): Generator<ReadonlyArray<BlobText>> {
  let part: Array<BlobText> = []
  let length = 0
  for (const { calls, imports, symbols, ...blob } of blobs) {
    const text = JSON.stringify(symbols satisfies ReadonlyArray<ExtractedSymbol>)
    const uses = JSON.stringify({ calls, imports })
    part.push({ ...blob, symbols: text, uses, count: symbols.length })
    length += text.length + uses.length
    if (part.length < statementRowsMax && length < statementLengthMax) continue
    yield part
    part = []
    length = 0
  }
  if (part.length > 0) yield part
}

type EventPart = ReadonlyArray<SymbolEvent & TouchPlace>

const eventPartsOf = function* (commits: ReadonlyArray<DerivedSymbols>): Generator<EventPart> {
  let part: Array<SymbolEvent & TouchPlace> = []
  for (const { events, generation, id } of commits) {
    for (const event of events) {
      part.push({ ...event, generation, commit: id })
      if (part.length < statementRowsMax) continue
      yield part
      part = []
    }
  }
  if (part.length > 0) yield part
}

export const make = (sql: SqlClient.SqlClient): SymbolIndex["Service"] => {
  const insertBlobs = (repository: string, extractor: string, rows: ReadonlyArray<BlobText>) =>
    sql`
    INSERT INTO blob_symbols (repository, blob, language, extractor, symbols, symbol_count, uses, refused)
    SELECT ${repository}, decode(b.blob, 'hex'), b.language, ${extractor}, b.symbols, b.count, b.uses, b.refused
    FROM unnest(
      ${textArray(rows.map(({ blob }) => blob))}::text[],
      ${textArray(rows.map(({ language }) => language))}::text[],
      ${textArray(rows.map(({ symbols }) => symbols))}::text[],
      ${integerArray(rows.map(({ count }) => count))}::integer[],
      ${textArray(rows.map(({ uses }) => uses))}::text[],
      ${textArray(rows.map(({ refused }) => refused ?? null))}::text[]
    ) AS b (blob, language, symbols, count, uses, refused)
    ON CONFLICT (repository, blob, language, extractor)
    DO UPDATE SET symbols = excluded.symbols, symbol_count = excluded.symbol_count, uses = excluded.uses,
                  refused = excluded.refused`.unprepared

  const insertEvents = (repository: string, rows: EventPart) =>
    sql`
    INSERT INTO symbol_events
      (repository, address_sha256, generation, commit, address, kind, change, body, signature, former)
    SELECT ${repository}, sha256(convert_to(e.address, 'UTF8')), e.generation, decode(e.commit, 'hex'), e.address,
           e.kind, e.change, e.body, e.signature, e.former
    FROM unnest(
      ${integerArray(rows.map(({ generation }) => generation))}::integer[],
      ${textArray(rows.map(({ commit }) => commit))}::text[],
      ${textArray(rows.map(({ address }) => withoutNul(address)))}::text[],
      ${textArray(rows.map(({ kind }) => kind))}::text[],
      ${textArray(rows.map(({ change }) => change))}::text[],
      ${booleanArray(rows.map(({ body }) => body))}::boolean[],
      ${booleanArray(rows.map(({ signature }) => signature))}::boolean[],
      ${textArray(rows.map(({ former }) => (former === undefined ? null : withoutNul(former))))}::text[]
    ) AS e (generation, commit, address, kind, change, body, signature, former)
    ON CONFLICT DO NOTHING`.unprepared

  const recording = Effect.fnUntraced(function* (
    repository: RepositoryId,
    version: number,
    { blobs, commits, extractor }: SymbolBatch
  ) {
    const left = yield* takingParts(sql, { deriver: "symbols", repository, version }, commits)
    if (left.length === 0) return
    for (const part of blobPartsOf(blobs)) yield* insertBlobs(repository, extractor, part)
    for (const part of eventPartsOf(left)) yield* insertEvents(repository, part)
  })

  const recordSymbols: SymbolIndex["Service"]["recordSymbols"] = (repository, version, batch) =>
    batch.commits.length === 0
      ? Effect.void
      : recording(repository, version, batch).pipe(sql.withTransaction, asOperation("recordSymbols"))

  /** Selects columns of the rows of blobs. */
  const ofBlobs = (repository: string, extractor: string, blobs: ReadonlyArray<BlobIn>, columns: string) =>
    sql`
    SELECT s.*
    FROM unnest(
      ${textArray(blobs.map(({ blob }) => blob))}::text[],
      ${textArray(blobs.map(({ language }) => language))}::text[]
    ) AS b (blob, language)
    CROSS JOIN LATERAL (
      SELECT encode(s.blob, 'hex') AS blob, s.language, ${sql.literal(columns)}
      FROM blob_symbols s
      WHERE s.repository = ${repository} AND s.blob = decode(b.blob, 'hex') AND s.language = b.language
        AND s.extractor = ${extractor}
      OFFSET 0
    ) AS s`.unprepared

  const blobSymbols: SymbolIndex["Service"]["blobSymbols"] = Effect.fnUntraced(function* (
    repository,
    extractor,
    blobs
  ) {
    if (blobs.length === 0) return []
    const rows = yield* blobRows(ofBlobs(repository, extractor, blobs, "s.symbols, s.refused"))
    const found: Array<BlobSymbols> = []
    for (const { blob, language, ...row } of rows) {
      const [symbols, refused] = [decodeSymbols(row.symbols), decodeRefusal(row.refused)]
      if (Option.isNone(symbols) || Option.isNone(refused)) continue
      found.push({ blob, language, symbols: symbols.value, refused: refused.value ?? undefined })
      // One may have thousands of symbols.
      yield* Effect.yieldNow
    }
    return found
  }, asOperation("blobSymbols"))

  const blobUses: SymbolIndex["Service"]["blobUses"] = Effect.fnUntraced(function* (repository, extractor, blobs) {
    const rows = yield* usesRows(ofBlobs(repository, extractor, blobs, "s.uses"))
    const found: Array<BlobUses> = []
    for (const { blob, language, uses: text } of rows) {
      const uses = decodeUses(text)
      if (Option.isSome(uses)) found.push({ blob, language, ...uses.value })
      yield* Effect.yieldNow
    }
    return found
  }, asOperation("blobUses"))

  const symbolCounts: SymbolIndex["Service"]["symbolCounts"] = (repository, extractor, blobs) =>
    countRows(ofBlobs(repository, extractor, blobs, "s.symbol_count AS symbols")).pipe(asOperation("symbolCounts"))

  const symbolsChangedBy: SymbolIndex["Service"]["symbolsChangedBy"] = (repository, commits, { all, each }) =>
    changedRows(
      sql`
      SELECT (c.place - 1)::integer AS place, e.address, e.change, e.former
      FROM unnest(
        ${integerArray(commits.map(({ generation }) => generation))}::integer[],
        ${textArray(commits.map(({ commit }) => commit))}::text[]
      ) WITH ORDINALITY AS c (generation, commit, place)
      CROSS JOIN LATERAL (
        SELECT e.address, e.change, e.former
        FROM symbol_events e
        WHERE e.repository = ${repository} AND e.generation = c.generation AND e.commit = decode(c.commit, 'hex')
        LIMIT ${each}
      ) AS e
      ORDER BY c.place
      LIMIT ${all}`.unprepared
    ).pipe(
      Effect.map((rows) => rows.map(({ former, ...row }) => ({ ...row, former: former ?? undefined }))),
      asOperation("symbolsChangedBy")
    )

  const symbolEvents: SymbolIndex["Service"]["symbolEvents"] = (repository, address, { after, limit }) =>
    eventRows(sql`
      SELECT e.generation, encode(e.commit, 'hex') AS commit, e.kind, e.change, e.body, e.signature, e.former
      FROM symbol_events e
      WHERE e.repository = ${repository} AND e.address_sha256 = sha256(convert_to(${withoutNul(address)}, 'UTF8'))
        ${beforePlace(sql, after)}
      ORDER BY e.generation DESC, e.commit DESC
      LIMIT ${limit}`).pipe(
      Effect.map((rows) => rows.map(eventOf)),
      asOperation("symbolEvents")
    )

  return { recordSymbols, blobSymbols, blobUses, symbolCounts, symbolsChangedBy, symbolEvents }
}
