/**
 * Draws the installed page's icons from `web/kuku.svg`, in the tests' Chromium: `npm run build:icons`. The files are part of
 * the repository, since a server that builds its pages has no browser.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launchChromium } from "../test/web/chromium.ts";
import { root } from "./run-program.ts";

/** `bleeds`: coloured up to its corners, since the system cuts it into a shape of its own; `scale`: of the drawing in it. */
const icons = [
  { name: "icon-192", size: 192, bleeds: false, scale: 1 },
  { name: "icon-512", size: 512, bleeds: false, scale: 1 },
  // Only the middle four fifths of a maskable icon are sure to be seen.
  { name: "icon-maskable-512", size: 512, bleeds: true, scale: 0.8 },
  { name: "apple-touch-icon", size: 180, bleeds: true, scale: 0.9 },
];

const folder = join(root, "web/icons");
const svg = await readFile(join(root, "web/kuku.svg"), "utf8");
const ground = /<rect[^>]*fill="(#\w+)"/.exec(svg)?.[1] ?? "#ffffff";
await mkdir(folder, { recursive: true });
const browser = await launchChromium();
try {
  for (const { name, size, bleeds, scale } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${bleeds ? ground : "none"}">${svg}`,
    );
    await page.addStyleTag({ content: `svg { width: ${scale * 100}%; }` });
    await writeFile(join(folder, `${name}.png`), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
