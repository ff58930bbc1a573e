/**
 * Builds the pages of `web/` for browsers: bundled, minified, named by their content, compressed beforehand. The output is
 * a folder of its own below `dist/pages`, named by the hash of its sources and moved into place whole, so that a server
 * that starts meanwhile sees all of it or nothing. `npm start` runs it where the pages are missing or stale.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { buildsFolder, hashSources } from "../src/server/http/page-build.ts";

const root = join(import.meta.dirname, "..");
/** Shorter than this a file fits into one packet as it is. */
const worthCompressing = 1_000;

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: "assets",
  publicPath: "/assets/",
  jsx: "automatic",
  jsxImportSource: "preact",
  // A development build of a page and one for everybody are the same.
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".svg": "file" },
  logLevel: "silent",
} satisfies BuildOptions;

interface Built {
  /** Content by name below the output folder. */
  readonly files: Map<string, Uint8Array>;
  /** Address of each entry point's output, by the entry's path below the root. */
  readonly addresses: Map<string, string>;
}

/** Bundles entry points, each into a file of its own. */
async function bundle(entryPoints: readonly string[], plugins: Plugin[] = []): Promise<Built> {
  const { outputFiles, metafile } = await build({ ...shared, entryPoints: [...entryPoints], plugins });
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(root, path), contents]));
  const addresses = new Map(
    Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint ? [[entryPoint, `/${path}`]] : [],
    ),
  );
  return { files, addresses };
}

/** The audio thread's scripts are loaded by their address: `new URL("./worklets/x.ts", import.meta.url)`. */
function linkWorklets(addresses: Built["addresses"]): Plugin {
  return {
    name: "worklets",
    setup({ onLoad }) {
      onLoad({ filter: /src\/client\/[\w-]+\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        const contents = source.replaceAll(
          /new URL\("\.\/(worklets\/[\w-]+\.ts)", import\.meta\.url\)/g,
          (_, name: string) =>
            `new URL(${JSON.stringify(addresses.get(`src/client/${name}`))}, location.href)`,
        );
        return { contents, loader: "ts" };
      });
    },
  };
}

/** A language's file in `web/messages`, named by the language's tag. */
const languageFile = /^([a-z]{2,3})\.ts$/;

/** `kuku:languages/PART`: what each language's file exports under that name, by the language's tag. */
const languages: Plugin = {
  name: "languages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^kuku:languages\// }, ({ path }) => ({ path, namespace: "languages" }));
    onLoad({ filter: /.*/, namespace: "languages" }, async ({ path }) => {
      const folder = join(root, "web/messages");
      const tags = (await readdir(folder)).flatMap((name) => languageFile.exec(name)?.[1] ?? []).sort();
      const part = basename(path);
      const imports = tags.map((tag) => `import { ${part} as ${tag} } from "./${tag}.ts";`);
      const contents = `${imports.join("\n")}\nexport default { ${tags.join(", ")} };`;
      return { contents, loader: "ts", resolveDir: folder };
    });
  },
};

/** The address of what came of a source that a page or the manifest names. */
function linkedTo(source: string, addresses: Built["addresses"]): string {
  const address = addresses.get(source);
  if (address === undefined) throw new Error(`${source} is named by a page and is no entry of the build`);
  return address;
}

/** Name of a source in a page's HTML (`src="/web/app.ts"`), or in the manifest (`"src": "/web/icon.png"`). */
const sourceName = /"\/(web\/[^"]+)"/g;

/** The same text with the sources' names replaced by the addresses of what came of them. */
function linkSources(text: string, addresses: Built["addresses"]): string {
  const linked = text.replaceAll(sourceName, (_, source: string) => `"${linkedTo(source, addresses)}"`);
  return linked.replaceAll(/\n\s+/g, "\n");
}

const named = (text: string) => [...text.matchAll(sourceName)].map(([, path]) => path ?? "");

/** Texts that name sources: the pages, and the manifest of the installed page. */
async function readLinking(): Promise<Map<string, string>> {
  const names = (await readdir(join(root, "web"))).filter((name) => /\.(html|webmanifest)$/.test(name));
  const read = names.map(async (name) => [name, await readFile(join(root, "web", name), "utf8")] as const);
  return new Map(await Promise.all(read));
}

/** Files that are handed out as they are; those of `assets` under a name with their hash. */
async function buildPages(version: string): Promise<Built["files"]> {
  const sources = await readLinking();
  const worklets = await readdir(join(root, "src/client/worklets"));
  const threads = await bundle(worklets.map((name) => `src/client/worklets/${name}`));
  const entries = [...new Set([...sources.values()].flatMap(named))];
  const scripts = await bundle(
    entries.filter((path) => /\.(tsx?|css)$/.test(path)),
    [linkWorklets(threads.addresses), languages],
  );
  const copied = await copyAsIs(entries.filter((path) => !/\.(tsx?|css)$/.test(path)));
  const files = new Map([...threads.files, ...scripts.files, ...copied.files]);
  const addresses = new Map([...scripts.addresses, ...copied.addresses]);
  for (const [name, text] of sources) files.set(basename(name), Buffer.from(linkSources(text, addresses)));
  const offline = ["index.html", "offline.html"].flatMap((name) => named(sources.get(name) ?? ""));
  const shell = {
    version,
    files: [
      ...new Set([...offline.map((source) => linkedTo(source, addresses)), ...threads.addresses.values()]),
    ],
    pages: ["/", ...[...sources.keys()].filter((name) => name.endsWith(".html")).map((name) => `/${name}`)],
  };
  files.set("service-worker.js", await bundleServiceWorker(shell));
  return files;
}

/** The service worker has one address for good, since a browser asks for it there; `shell`: what it knows of the build. */
async function bundleServiceWorker(shell: object): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: ["web/service-worker.ts"],
    format: "iife",
    define: { ...shared.define, shell: JSON.stringify(shell) },
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

async function copyAsIs(paths: readonly string[]): Promise<Built> {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [...paths],
    loader: { ".svg": "copy", ".png": "copy" },
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(root, path), contents]));
  const addresses = new Map(
    Object.entries(metafile.outputs).flatMap(([path, { inputs }]) =>
      Object.keys(inputs).map((input) => [input, `/${path}`] as const),
    ),
  );
  return { files, addresses };
}

async function compressed(name: string, content: Uint8Array): Promise<[string, Uint8Array][]> {
  if (content.length < worthCompressing || /\.(png|woff2)$/.test(name)) return [];
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, { params }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  return [
    [`${name}.br`, br],
    [`${name}.gz`, gz],
  ];
}

async function main(): Promise<void> {
  const builds = join(root, buildsFolder);
  const folder = join(builds, await hashSources(root));
  if (existsSync(folder)) return;
  const staging = `${folder}.${randomUUID()}`;
  const files = await buildPages(basename(folder));
  const all = [
    ...files,
    ...(await Promise.all([...files].map(([name, content]) => compressed(name, content)))).flat(),
  ];
  await mkdir(join(staging, "assets"), { recursive: true });
  await Promise.all(all.map(([name, content]) => writeFile(join(staging, name), content)));
  // Another build of the same sources may have been quicker.
  await rename(staging, folder).catch(() => rm(staging, { recursive: true, force: true }));
  await removeOthers(builds, folder);
}

/** Servers hold what they serve in memory; builds of other sources are nobody's. */
async function removeOthers(builds: string, folder: string): Promise<void> {
  for (const name of await readdir(builds))
    if (join(builds, name) !== folder && !name.includes("."))
      await rm(join(builds, name), { recursive: true, force: true });
}

await main();
