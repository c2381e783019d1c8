/**
 * The account under which Postgres runs: this process's own, unless that is root, which Postgres refuses. For root it
 * is an existing unprivileged account; no user is added to the system.
 */
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const run = promisify(execFile)

export interface Account {
  /** The owner of the data; undefined for this process's own account. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  /** Builds the command that starts a program under the account. */
  readonly command: (program: string, args: ReadonlyArray<string>) => readonly [string, ReadonlyArray<string>]
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number }
}

const ourselves: Account = {
  owner: undefined,
  command: (program, args) => [program, args],
  spawnOptions: {}
}

const names = ["postgres", "nobody"]

const lookUp = async (name: string): Promise<Account["owner"]> => {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    // `id` fails if the account does not exist.
    return undefined
  }
}

/** Keeps root's right to enter any folder, which the kernel otherwise drops together with root. */
const keepAccess = ["--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]

const waysOf = (owner: { readonly uid: number; readonly gid: number }): ReadonlyArray<Account> => [
  { owner, command: (program, args) => [program, args], spawnOptions: owner },
  {
    owner,
    command: (program, args) => [
      "setpriv",
      [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, ...keepAccess, program, ...args]
    ],
    spawnOptions: {}
  }
]

/**
 * Says whether the program runs under the account and can enter the folder: both may be below a folder that only root
 * may enter.
 */
const works = async (account: Account, program: string, directory: string): Promise<boolean> => {
  const [file, args] = account.command("/bin/sh", ["-c", '"$1" --version && cd "$2"', "sh", program, directory])
  try {
    await run(file, [...args], { ...account.spawnOptions, cwd: "/" })
    return true
  } catch {
    // Not permitted, or the system has no `setpriv`: the next way may work.
    return false
  }
}

/** Chooses the account for a server with its data below `directory`; `dataOwner` owns the data that already exists. */
export const choose = async (program: string, directory: string, dataOwner?: Account["owner"]): Promise<Account> => {
  if (process.getuid?.() !== 0) return ourselves
  const owners = dataOwner === undefined ? await Promise.all(names.map(lookUp)) : [dataOwner]
  for (const owner of owners) {
    if (owner === undefined || owner.uid === 0) continue
    for (const account of waysOf(owner)) if (await works(account, program, directory)) return account
  }
  throw new Error(
    `Postgres must not run as root, and no account (${names.join(", ")}) can enter ${directory}; ` +
      "run as an ordinary user, or choose a folder such as /var/lib/musehub"
  )
}
