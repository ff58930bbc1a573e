/**
 * The service worker. Files that are named by their content come from its cache first. A page comes from the server, and
 * none is kept, so that no page meets files of another version; where the server cannot be reached the offline page stands
 * in. Everything else (API, socket, health) passes by.
 */

/** Written in by the build: what is kept beforehand, and the addresses of the pages. */
declare const shell: {
  readonly version: string;
  readonly files: readonly string[];
  readonly pages: readonly string[];
};

// Of a ServiceWorkerGlobalScope, which the DOM library leaves out.
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerScope {
  readonly clients: { claim(): Promise<void> };
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", act: (event: ExtendableEvent) => void): void;
  addEventListener(name: "fetch", act: (event: FetchEvent) => void): void;
}

const worker = self as unknown as WorkerScope;
const prefix = "kuku-shell-";
const cacheName = prefix + shell.version;
const offlinePage = "/offline.html";

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll([offlinePage, ...shell.files]);
  await worker.skipWaiting();
}

/** The version before stays: pages that it brought may be open, and load a file of theirs later. */
async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

async function answerAsset(request: Request): Promise<Response> {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(cacheName)).put(request, answer.clone());
  return answer;
}

async function answerPage(event: FetchEvent): Promise<Response> {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(offlinePage, { ignoreVary: true })) ?? Response.error();
  }
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(answerAsset(event.request));
  else if (mode === "navigate" && shell.pages.includes(pathname)) event.respondWith(answerPage(event));
});

export {};
