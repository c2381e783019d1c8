import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { locationOf, parseS3Url } from "./S3Config.ts"

const parse = (url: string) => {
  const parsed = parseS3Url(url)
  return Result.isSuccess(parsed) ? parsed.success : parsed.failure.message
}

describe("an s3: URL", () => {
  it("names a bucket and uses defaults for the rest", () => {
    expect(parse("s3://bucket")).toEqual({
      bucket: "bucket",
      prefix: "",
      endpoint: undefined,
      publicEndpoint: undefined,
      region: undefined,
      pathStyle: false,
      presign: true,
      concurrency: 64,
      timeoutMillis: 30_000,
      refreshAgeMillis: 86_400_000
    })
  })

  it("may set every option", () => {
    expect(
      parse(
        "s3://my.bucket/a/b_c/?endpoint=https://s3.example:9000/&region=eu-1&path_style=false" +
          "&presign=false&concurrency=8&timeout_millis=500"
      )
    ).toMatchObject({
      bucket: "my.bucket",
      prefix: "a/b_c/",
      endpoint: "https://s3.example:9000",
      region: "eu-1",
      pathStyle: false,
      presign: false,
      concurrency: 8,
      timeoutMillis: 500
    })
  })

  it("with an endpoint uses path style", () => {
    expect(parse("s3://bucket/?endpoint=http://127.0.0.1:9000")).toMatchObject({ pathStyle: true, prefix: "" })
  })

  it("names the endpoint that clients use for signed URLs", () => {
    const url = "s3://bucket?endpoint=http://minio:9000&public_endpoint=https://s3.example.org/"
    expect(parse(url)).toMatchObject({ endpoint: "http://minio:9000", publicEndpoint: "https://s3.example.org" })
  })

  it.each([
    ["s3://bucket?public_endpoint=minio:9000", "public_endpoint must"],
    ["s3://bucket?public_endpoint=https://x&presign=false", "presign=false"],
    ["not a url", "not a URL"],
    ["file:/x", "not an s3: URL"],
    ["s3:bucket/x", "the bucket needs"],
    ["s3:///x", "the bucket needs"],
    ["s3://B/x", "the bucket needs"],
    ["s3://Bucket/x", "the bucket needs"],
    ["s3://bucket:9000/x", "a port belongs to endpoint="],
    ["s3://bucket/a//b", "the prefix may hold"],
    ["s3://bucket/a b", "the prefix may hold"],
    ["s3://bucket/a%2Fb", "the prefix may hold"],
    ["s3://bucket/a/../b", "the prefix may hold"],
    ["s3://bucket/%2e%2e/b", "the prefix may hold"],
    [`s3://bucket/${"a".repeat(513)}`, "longer than 512"],
    ["s3://bucket/x#y", "# part"],
    ["s3://bucket?pathstyle=true", "pathstyle is not a known parameter: known here are"],
    ["s3://bucket?wJalr/XUtnF=1", "a parameter is not a known parameter"],
    ["s3://bucket?region=a&region=b", "more than once"],
    ["s3://bucket?region=a_b", "region must"],
    ["s3://bucket?region=", "region must"],
    ["s3://bucket?path_style=yes", "path_style must"],
    ["s3://bucket?presign=1", "presign must"],
    ["s3://bucket?endpoint=ftp://x", "endpoint must"],
    ["s3://bucket?endpoint=127.0.0.1:9000", "endpoint must"],
    ["s3://bucket?endpoint=http://u:p@x", "endpoint must"],
    ["s3://bucket?endpoint=http://x?y=z", "endpoint must"],
    ["s3://bucket?concurrency=0", "concurrency must"],
    ["s3://bucket?concurrency=1.5", "concurrency must"],
    ["s3://bucket?concurrency=1025", "concurrency must"],
    ["s3://bucket?timeout_millis=99", "timeout_millis must"]
  ])("%s is refused: %s", (url, reason) => {
    expect(parse(url)).toContain(reason)
  })

  it.each([
    "s3://AKIAEXAMPLE:geheim@bucket/x",
    "s3://bucket?secret=geheim",
    "s3://bucket?geheim/1=1",
    "s3://bucket?endpoint=http://u:geheim@x"
  ])("%s is refused without repeating what could be a secret", (url) => {
    expect(parse(url)).not.toMatch(/geheim|AKIA/)
  })

  it("has a location for messages", () => {
    const parsed = parseS3Url("s3://bucket/a/b?endpoint=http://127.0.0.1:9000")
    expect(Result.isSuccess(parsed) && locationOf(parsed.success)).toBe("s3://bucket/a/b (http://127.0.0.1:9000)")
  })
})
