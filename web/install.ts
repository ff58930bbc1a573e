/** Has the browser keep the page's shell, for it to be installed and to open where the server cannot be reached. */

/** Call it once the page can be used: what is kept is loaded behind it. */
export function keepShell(): void {
  // Absent from pages that come by plain http from another machine.
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  serviceWorker?.register("/service-worker.js").catch(() => {}); // a browser that keeps nothing
}
