/** The command `kuku admin`: the accounts of a server, from its own machine and with its settings. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { type Clock, holdProcess, systemClock } from "../../lib/clock.ts";
import { newSecret } from "../../lib/ids.ts";
import { openDatabase } from "../../store/database.ts";
import { storeLimits } from "../../store/limits.ts";
import { StoreError } from "../../store/store.ts";
import { Accounts } from "../access/accounts/accounts.ts";
import { passwordLength } from "../access/accounts/password-length.ts";
import { askTwice, readAll, type Terminal } from "../access/accounts/terminal.ts";
import { type Config, ConfigError, environment, readConfig } from "../config/config.ts";
import { openLog } from "../logging/log.ts";

const help = `kuku admin create --email ADDRESS [--name NAME] [--password-stdin]
kuku admin list
kuku admin block ADDRESS
kuku admin unblock ADDRESS

create   makes an administrator, or makes one of an account that is there. The password is asked for on a
         terminal, or read from the standard input with --password-stdin; without one, a link is printed
         that leads to choosing it.
list     everybody who has an account
block    keeps somebody out and ends their sign-ins; unblock lets them in again

Settings are those of the server (DATABASE_URL, DATA_DIR, PUBLIC_URL; see .env.example). Without DATABASE_URL
the server must be stopped first: its database takes one process at a time.
`;

type Command =
  | { readonly name: "create"; readonly email: string; readonly person?: string; readonly stdin: boolean }
  | { readonly name: "list" }
  | { readonly name: "help" }
  | { readonly name: "block" | "unblock"; readonly email: string };

/** Parses the words after `kuku admin`. @returns a text that says what is wrong, where they make no command */
function readCommand(words: readonly string[]): Command | string {
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || words.includes("--help")) return { name: "help" };
  const string = { type: "string" } as const;
  const options = { email: string, name: string, "password-stdin": { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true });
    const email = z
      .email()
      .max(254)
      .safeParse((values.email ?? positionals[0] ?? "").trim().toLowerCase());
    if (name === "list") return { name };
    if (name !== "create" && name !== "block" && name !== "unblock") return `there is no ${name}`;
    if (!email.success) return `${name} takes an e-mail address`;
    if (name !== "create") return { name, email: email.data };
    const person = values.name !== undefined && { person: values.name.slice(0, 100) };
    return { name, email: email.data, ...person, stdin: values["password-stdin"] ?? false };
  } catch (error) {
    return (error as Error).message.split(". ")[0] ?? "";
  }
}

/**
 * Runs a command.
 * @param words those after `kuku admin`
 * @returns the process's exit code: 0 done; 1 it could not be done; 2 wrong usage
 */
export async function runAdmin(
  words: readonly string[],
  terminal: Terminal,
  env: Record<string, string | undefined>,
  clock: Clock = systemClock,
): Promise<number> {
  const command = readCommand(words);
  if (typeof command === "string") {
    terminal.error.write(`kuku admin: ${command}\n\n${help}`);
    return 2;
  }
  if (command.name === "help") {
    terminal.out.write(help);
    return 0;
  }
  try {
    const config = readConfig(env);
    const password = command.name === "create" ? await readPassword(command, terminal) : undefined;
    if (typeof password === "object") {
      terminal.error.write(`kuku admin: ${password.problem}\n`);
      return 2;
    }
    return await withAccounts(config, clock, (accounts) =>
      runCommand(command, { accounts, config, terminal, password }),
    );
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StoreError)) throw error;
    terminal.error.write(`kuku admin: ${error.message}\n`);
    return 1;
  }
}

/** Reads the password; undefined: none was given. */
async function readPassword(
  { stdin }: { readonly stdin: boolean },
  terminal: Terminal,
): Promise<string | undefined | { readonly problem: string }> {
  let password = "";
  if (stdin) [password = ""] = (await readAll(terminal.input)).split(/\r?\n/, 1);
  else if (terminal.input.isTTY) {
    const typed = await askTwice(terminal, "Password (nothing: a link to choose one): ", "Once more: ");
    if (typed === undefined) return { problem: "these are two passwords" };
    if (typed === "") return undefined;
    password = typed;
  } else return undefined;
  const { least, most } = passwordLength;
  if (password.length < least || password.length > most)
    return { problem: `a password has ${least} to ${most} characters` };
  return password;
}

interface CommandContext {
  readonly accounts: Accounts;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly password: string | undefined;
}

async function runCommand(
  command: Exclude<Command, { name: "help" }>,
  { accounts: { users }, config, terminal, password }: CommandContext,
): Promise<number> {
  const { out, error } = terminal;
  if (command.name === "list") {
    for (const { email, name, admin, blocked, verified, createdAt } of await users.list()) {
      const notes = [admin ? "admin" : "user", blocked && "blocked", !verified && "not confirmed"];
      const day = createdAt.toISOString().slice(0, 10);
      out.write(`${[email, notes.filter(Boolean).join(", "), day, name].join("\t")}\n`);
    }
    return 0;
  }
  const { email } = command;
  if (command.name !== "create") {
    const blocked = command.name === "block";
    if (!(await users.block(email, blocked))) {
      error.write(`kuku admin: there is no account of ${email}\n`);
      return 1;
    }
    out.write(`${email} is ${blocked ? "blocked" : "let in again"}.\n`);
    return 0;
  }
  const { publicUrl } = config.access;
  const base = publicUrl ?? `${config.tls ? "https" : "http"}://localhost:${config.port}`;
  const name = command.person;
  const given = { email, name, password };
  const { made, link } = await users.makeAdmin(given, base);
  out.write(`${email} is an administrator${made ? " with a new account" : ""}.\n`);
  if (link !== undefined) out.write(`To choose a password, within an hour, open:\n${link}\n`);
  if (config.access.mode === "none")
    error.write("kuku admin: nobody signs in to this server as it is set; that takes AUTH=accounts\n");
  return 0;
}

/** Opens the accounts alone: no engine, no session, no mail. */
async function withAccounts<T>(
  config: Config,
  clock: Clock,
  work: (accounts: Accounts) => Promise<T>,
): Promise<T> {
  const { databaseUrl } = config.storage;
  const log = openLog("warn", { write: (line: string) => void process.stderr.write(line) });
  const database = await openDatabase({
    databaseUrl,
    dataDir: config.dataDir,
    clock,
    log,
    limits: storeLimits,
  });
  const accounts = new Accounts({
    database,
    access: config.access,
    // Nobody signs in through this process.
    secret: newSecret(),
    secure: false,
    mail: { send: async () => {} },
    limiter: { attempt: async () => {}, failed: async () => {}, succeeded: async () => {} },
    clock,
    log,
  });
  try {
    return await work(accounts);
  } finally {
    await accounts.close();
    await database.close();
  }
}

/** The process: `kuku admin …`. */
export async function main(words: readonly string[]): Promise<number> {
  const releaseProcess = holdProcess();
  const { stdin: input, stdout: out, stderr: error } = process;
  try {
    return await runAdmin(words, { input, out, error }, environment());
  } finally {
    releaseProcess();
  }
}
