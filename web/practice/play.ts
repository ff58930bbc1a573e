/** Plays recordings of the page, one at a time. */
const player = new Audio();
let address: string | undefined;

/** Plays it in place of what is being played. */
export function playBlob(blob: Blob): void {
  if (address !== undefined) URL.revokeObjectURL(address);
  address = URL.createObjectURL(blob);
  player.src = address;
  player.play().catch(() => {}); // cut short by the next one
}

/** True while a recording sounds. */
export const isPlaying = () => !player.paused;
