/** Transcript of the audio before a pause, made on a thread while the pause may yet turn out to be the end of the utterance. */
import type { SpeakerProfile } from "./acoustic/model-adaptation.ts";
import type { Recognition } from "./recogniser.ts";
import type { RecognitionTask } from "./worker.ts";
import type { WorkerPool } from "./worker-pool.ts";

export class ReadingAhead {
  /** Length of the audio it is made of, samples. */
  readonly samples: number;
  /** Profile of the speaker that the audio is judged with. */
  readonly voice: SpeakerProfile | undefined;
  /** Resolves, never rejects, with the recognition; undefined: it failed or was dropped. */
  readonly recognition: Promise<Recognition | undefined>;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));

  /** Starts; `task` has the audio and the speaker's profile. */
  constructor(pool: WorkerPool, task: RecognitionTask) {
    this.samples = task.pcm.length;
    this.voice = task.voice;
    this.recognition = pool.run({ ...task, stop: this.#stop }).then(
      (recognition) => (this.dropped ? undefined : recognition),
      () => undefined,
    );
  }

  get dropped(): boolean {
    return Atomics.load(this.#stop, 0) !== 0;
  }

  /** Has the thread stop at its next step. */
  drop(): void {
    Atomics.store(this.#stop, 0, 1);
  }
}
