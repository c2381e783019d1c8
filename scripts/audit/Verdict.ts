/** Judges what `pnpm audit --prod --json` said about the packages that the hub is made of. */

/** How a run of the audit ended. */
export interface Audit {
  readonly stdout: string
  readonly stderr: string
}

export interface Verdict {
  readonly passed: boolean
  readonly lines: ReadonlyArray<string>
}

interface Advisory {
  readonly module_name: string
  readonly severity: string
  readonly title: string
  readonly url: string
  readonly findings: ReadonlyArray<{ readonly version: string; readonly paths: ReadonlyArray<string> }>
}

/** Severities that stop a change. */
const stopping: ReadonlySet<string> = new Set(["high", "critical"])

/** What pnpm says when the registry cannot be asked, or answers that it audits nothing. */
const unanswered = /ERR_PNPM_AUDIT_BAD_RESPONSE|ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS/

/** Whether a published package depends on it; those of tests and benchmarks reach no operator. */
const isShipped = ({ findings }: Advisory): boolean =>
  findings.some(({ paths }) => paths.some((path) => path.startsWith("packages__")))

const lineOf = ({ findings, module_name, severity, title, url }: Advisory): string =>
  `${severity}: ${module_name} ${findings.map(({ version }) => version).join(", ")}: ${title} (${url})`

const readAdvisories = (stdout: string): ReadonlyArray<Advisory> | undefined => {
  try {
    const report: { readonly advisories?: Readonly<Record<string, Advisory>> } = JSON.parse(stdout)
    return report.advisories === undefined ? undefined : Object.values(report.advisories)
  } catch {
    // No report: stderr says why.
    return undefined
  }
}

/** Fails on a known vulnerability of high or more, and where the audit fails for another reason than the registry. */
export const verdictOf = ({ stderr, stdout }: Audit): Verdict => {
  const advisories = readAdvisories(stdout)
  if (advisories === undefined) {
    return unanswered.test(stderr)
      ? { passed: true, lines: ["Audit: the registry answers no audit, so nothing was audited"] }
      : { passed: false, lines: ["Audit: it failed", stderr.trim()] }
  }
  const found = advisories.filter(isShipped)
  const bad = found.filter(({ severity }) => stopping.has(severity))
  return {
    passed: bad.length === 0,
    lines: [
      ...found.map(lineOf),
      `Audit: ${found.length} known vulnerabilities in what the hub is made of, ${bad.length} of them high or critical`
    ]
  }
}
