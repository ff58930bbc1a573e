/** Debian's Firefox, driven over WebDriver BiDi: a second engine for the pages, where it is installed. */
import { existsSync } from "node:fs";
import { type Browser, launch, type Page } from "puppeteer-core";

const program = "/usr/bin/firefox-esr";

export const hasFirefox = existsSync(program);

/** Firefox's number for leave to use something that is refused (nsIPermissionManager.DENY_ACTION). */
const deny = 2;

/** Starts Firefox with its own microphone for tests, which sounds a tone; `denied`: no page may hear it. Close it when done. */
export function launchFirefox(microphone: "allowed" | "denied"): Promise<Browser> {
  const mayHear =
    microphone === "allowed"
      ? { "media.navigator.permission.disabled": true }
      : { "permissions.default.microphone": deny };
  return launch({
    browser: "firefox",
    executablePath: program,
    headless: true,
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      // Without it no sound runs where there is no loudspeaker.
      "media.cubeb.force_mock_context": true,
      "media.autoplay.default": 0,
      "intl.accept_languages": "en-GB",
      ...mayHear,
    },
  });
}

/** Longest wait for anything in a page, ms: for what hangs, not for what is slow. */
const pageTimeoutMs = 100_000;

/** Opens a page in a profile of its own, with scripts that run in it before anything else. */
export async function openPage(
  browser: Browser,
  url: string,
  scripts: readonly (() => void)[],
): Promise<Page> {
  const page = await (await browser.createBrowserContext()).newPage();
  page.setDefaultTimeout(pageTimeoutMs);
  for (const script of scripts) await page.evaluateOnNewDocument(script);
  await page.goto(url);
  return page;
}
