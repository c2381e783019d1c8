/** The table of faults is data that both the store's and the index's adapters go by. */
import { describe, expect, it } from "vitest"
import { findFault, indexFaults, networkFaults, statusFaults, storeFaults } from "./faultTable.ts"

const tables = { networkFaults, storeFaults, statusFaults, indexFaults }

describe("the table of faults", () => {
  it.each(Object.entries(tables))("%s names each code once, and no row hides a later one", (_, table) => {
    for (const [index, [code, outcome, remedy]] of table.entries()) {
      const example = code.replace("*", "99")
      expect(findFault(example, table), code).toEqual({ outcome, remedy })
      const exact = code.replace("*", "")
      expect(table.findIndex(([other]) => other.replace("*", "") === exact)).toBe(index)
    }
  })

  it("says that a refusal for credentials or rights wrote nothing, and which of them new credentials may cure", () => {
    for (const code of ["InvalidAccessKeyId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch"]) {
      expect(findFault(code, storeFaults)).toEqual({ outcome: "not written", remedy: "new credentials" })
    }
    expect(findFault("AccessDenied", storeFaults)).toEqual({ outcome: "not written", remedy: "operator" })
    expect(findFault("403", statusFaults)).toEqual({ outcome: "not written", remedy: "new credentials" })
  })

  it("says that a conflict is undecided and worth another try", () => {
    for (const code of ["ConditionalRequestConflict", "OperationAborted"]) {
      expect(findFault(code, storeFaults)).toEqual({ outcome: "in doubt", remedy: "another try" })
    }
    expect(findFault("409", statusFaults)).toEqual({ outcome: "in doubt", remedy: "another try" })
  })

  it("says that a lost connection is in doubt, and one that was never made is not", () => {
    expect(findFault("ECONNRESET", networkFaults)?.outcome).toBe("in doubt")
    expect(findFault("ECONNREFUSED", networkFaults)?.outcome).toBe("not written")
    expect(findFault("HPE_INVALID_CONSTANT", networkFaults)?.outcome).toBe("in doubt")
  })

  it("says which faults of Postgres are worth a new connection", () => {
    for (const code of ["25006", "57P01", "08006"]) {
      expect(findFault(code, indexFaults)?.remedy).toBe("new connection")
    }
    expect(findFault("40001", indexFaults)?.remedy).toBe("another try")
    expect(findFault("42501", indexFaults)).toBeUndefined()
  })
})
