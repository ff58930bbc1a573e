/** The microphone of a session: taken away, it is opened again, on the default device or on one that is plugged in later. */
import {
  type Microphone,
  MicrophoneError,
  type MicrophoneOptions,
  openMicrophone,
} from "../../src/client/microphone.ts";

export interface EarsCalls
  extends Pick<MicrophoneOptions, "deviceId" | "onFrame" | "onInterrupted" | "onResumed"> {
  /** There is none, at first or any more. */
  onNone(error: MicrophoneError): void;
  /** Another one is heard in place of one that was taken away; its rate may differ. */
  onReplaced(rate: number): void;
}

export class Ears {
  readonly #calls: EarsCalls;
  #microphone: Microphone | undefined;
  #opening = false;
  #closed = false;

  constructor(calls: EarsCalls) {
    this.#calls = calls;
  }

  /** Samples per second; undefined where there is no microphone. */
  get rate(): number | undefined {
    return this.#microphone?.rate;
  }

  /** Opens it, or says why there is none. */
  async open(): Promise<void> {
    await this.#try();
    // Absent from pages that are not secure.
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
    mediaDevices?.addEventListener("devicechange", this.#reopen);
    if (this.#closed) this.close();
  }

  close(): void {
    this.#closed = true;
    const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
    mediaDevices?.removeEventListener("devicechange", this.#reopen);
    this.#microphone?.close();
    this.#microphone = undefined;
  }

  readonly #reopen = async (): Promise<void> => {
    if (this.#microphone || this.#opening || this.#closed) return;
    await this.#try();
    if (this.#closed) this.close();
    else if (this.rate !== undefined) this.#calls.onReplaced(this.rate);
  };

  async #try(): Promise<void> {
    this.#opening = true;
    try {
      const { deviceId, onFrame, onInterrupted, onResumed } = this.#calls;
      this.#microphone = await openMicrophone({
        deviceId,
        onFrame,
        onInterrupted,
        onResumed,
        onLost: () => {
          this.#microphone?.close();
          this.#microphone = undefined;
          void this.#reopen();
        },
      });
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.#calls.onNone(error);
    } finally {
      this.#opening = false;
    }
  }
}
