/** What a phone does beside a session: its screen stays lit, its media keys stop the coach, a press is felt. */
import { t } from "../messages/index.ts";

export class Presence {
  #lock: Promise<WakeLockSentinel> | undefined;
  readonly #look = () => {
    if (document.visibilityState === "visible") this.#light();
  };

  /** `onStop`: the phone's own keys or its lock screen ask for silence. */
  begin(title: string, onStop: () => void): void {
    this.end();
    // The browser takes the lock back with each look at another tab.
    document.addEventListener("visibilitychange", this.#look);
    this.#light();
    const { mediaSession } = navigator as { mediaSession?: MediaSession };
    if (!mediaSession) return;
    mediaSession.metadata = new MediaMetadata({ title, artist: t.talk.coach });
    for (const action of ["pause", "stop"] as const) mediaSession.setActionHandler(action, onStop);
  }

  end(): void {
    document.removeEventListener("visibilitychange", this.#look);
    this.#lock?.then((lock) => lock.release()).catch(() => {});
    this.#lock = undefined;
    const { mediaSession } = navigator as { mediaSession?: MediaSession };
    if (!mediaSession) return;
    mediaSession.metadata = null;
    for (const action of ["pause", "stop"] as const) mediaSession.setActionHandler(action, null);
  }

  #light(): void {
    const { wakeLock } = navigator as { wakeLock?: WakeLock };
    this.#lock = wakeLock?.request("screen");
    this.#lock?.catch(() => {}); // a phone that saves its battery
  }
}

/** A short touch of the hand, where there is a motor. */
export function buzz(): void {
  (navigator as { vibrate?: (ms: number) => boolean }).vibrate?.(12);
}
