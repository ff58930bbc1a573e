/** Keeps the newest in sight: the page's end is followed while it grows, until the visitor scrolls away from it. */

/** This near the end of the page, the visitor is there; px. */
const near = 120;

export function followGrowth(): void {
  const root = document.documentElement;
  const fromEnd = () => root.scrollHeight - root.clientHeight - root.scrollTop;
  let follows = true;
  let height = root.scrollHeight;
  window.addEventListener("scroll", () => {
    // The page's own growth moves its end away, and is no wish to look elsewhere.
    if (root.scrollHeight === height) follows = fromEnd() < near;
  });
  new ResizeObserver(() => {
    const grown = root.scrollHeight > height;
    height = root.scrollHeight;
    // A drill stands where it is; what is talked grows at its end.
    if (grown && follows && document.querySelector("#log[data-grows]")) root.scrollTop = root.scrollHeight;
  }).observe(document.body);
}
