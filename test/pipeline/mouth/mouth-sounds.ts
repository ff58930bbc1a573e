/** Sounds that mouths make and that are no speech, made up by formants: coughs, laughter, hums and the like. */
import { atLevel, rate, seededNoise, silence } from "../ears/ears.ts";

type Formant = readonly [hz: number, width: number];
type Shape = (at: number) => number;

const vowels: readonly (readonly Formant[])[] = [
  [
    [750, 90],
    [1200, 110],
    [2600, 160],
    [3500, 250],
  ],
  [
    [550, 80],
    [1750, 110],
    [2500, 160],
    [3500, 250],
  ],
  [
    [500, 80],
    [900, 100],
    [2500, 160],
    [3500, 250],
  ],
  [
    [300, 60],
    [2200, 120],
    [3000, 180],
    [3600, 250],
  ],
];
const nose: readonly Formant[] = [
  [270, 60],
  [1000, 300],
  [2200, 300],
];

/** Lets a source sound through resonances. */
function mouth(source: Float64Array, formants: readonly Formant[]): Float64Array {
  let sound = source;
  for (const [hz, width] of formants) {
    const radius = Math.exp((-Math.PI * width) / rate);
    const turn = 2 * radius * Math.cos((2 * Math.PI * hz) / rate);
    let last = 0;
    let lastButOne = 0;
    sound = sound.map((value) => {
      const out = (1 - turn + radius * radius) * value + turn * last - radius * radius * lastButOne;
      lastButOne = last;
      last = out;
      return out;
    });
  }
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return sound.map((value) => value / peak);
}

interface Source {
  readonly ms: number;
  /** Hz, over the sound's course 0–1. */
  readonly pitch: Shape;
  readonly voice: number;
  readonly breath: number;
  readonly envelope: Shape;
}

/** The sounds of one made-up person; `seed` chooses the voice. */
function person(seed: number) {
  const noise = seededNoise(seed + 1);
  const hz = 100 + 25 * seed;
  const vowel = vowels[seed % 4]!.map(
    ([at, width]): Formant => [at * (0.9 + (0.25 * ((seed * 7) % 10)) / 10), width],
  );
  const source = ({ ms, pitch, voice, breath, envelope }: Source) => {
    let phase = 0;
    const length = Math.round((ms * rate) / 1000);
    return Float64Array.from({ length }, (_, i) => {
      phase = (phase + (pitch(i / length) * (1 + 0.006 * noise())) / rate) % 1;
      const pulse = phase < 0.6 ? Math.sin((Math.PI * phase) / 0.6) ** 2 - 0.3 : -0.3;
      return envelope(i / length) * (3 * voice * pulse + breath * noise());
    });
  };
  const arch: Shape = (u) => Math.sin(Math.PI * u) ** 0.6;
  const join = (...parts: readonly (readonly [level: number, sound: Float64Array])[]): Float64Array => {
    const out = new Float64Array(parts.reduce((length, [, sound]) => length + sound.length, 0));
    let at = 0;
    for (const [level, sound] of parts) {
      out.set(
        sound.map((value) => level * value),
        at,
      );
      at += sound.length;
    }
    return out;
  };
  const gap = (ms: number) => [0, new Float64Array((ms * rate) / 1000)] as const;
  const burst = (ms: number, envelope: Shape) =>
    mouth(source({ ms, pitch: () => hz, voice: 0, breath: 1, envelope }), vowel);
  const cough = () =>
    join(
      [1, burst(60, (u) => Math.exp(-3 * u))],
      [
        0.45,
        mouth(
          source({ ms: 160, pitch: () => 1.2 * hz, voice: 0.2, breath: 1, envelope: (u) => 1 - 0.6 * u }),
          vowel,
        ),
      ],
      [
        0.5,
        mouth(
          source({ ms: 130, pitch: (u) => hz * (1.5 - 0.4 * u), voice: 1, breath: 0.3, envelope: arch }),
          vowel,
        ),
      ],
    );
  const laugh = () => [
    [0.2, burst(110, arch)] as const,
    [
      1,
      mouth(
        source({ ms: 85, pitch: (u) => 2 * hz * (1.1 - 0.25 * u), voice: 1, breath: 0.15, envelope: arch }),
        vowel,
      ),
    ] as const,
  ];
  return {
    "a cough": () => cough(),
    "three coughs": () => join([1, cough()], gap(150), [1, cough()], gap(120), [1, cough()]),
    "a throat cleared": () =>
      join(
        [0.4, burst(150, (u) => u)],
        [
          0.6,
          mouth(
            source({
              ms: 420,
              pitch: (u) => 60 + 0.3 * hz + 10 * Math.sin(9 * u),
              voice: 1,
              breath: 0.5,
              envelope: () => 1,
            }),
            vowel,
          ),
        ],
      ),
    laughter: () => join(...laugh(), ...laugh(), ...laugh(), ...laugh()),
    "a long hum": () =>
      mouth(
        source({
          ms: 900,
          pitch: (u) => hz * (1 + 0.2 * Math.sin(6 * u)),
          voice: 1,
          breath: 0.02,
          envelope: arch,
        }),
        nose,
      ),
    "a sneeze": () =>
      join(
        [
          0.4,
          mouth(
            source({
              ms: 250,
              pitch: (u) => hz * (1.2 + 0.5 * u),
              voice: 0.6,
              breath: 0.4,
              envelope: (u) => u,
            }),
            vowel,
          ),
        ],
        [
          1,
          mouth(
            source({ ms: 200, pitch: () => hz, voice: 0, breath: 1, envelope: (u) => Math.exp(-2 * u) }),
            [[3000, 900]],
          ),
        ],
        [
          0.5,
          mouth(
            source({ ms: 120, pitch: () => 1.3 * hz, voice: 1, breath: 0.3, envelope: (u) => 1 - u }),
            vowel,
          ),
        ],
      ),
    "a breath": () => mouth(source({ ms: 700, pitch: () => hz, voice: 0, breath: 1, envelope: arch }), vowel),
  };
}

export const mouthSounds = Object.keys(person(0)) as (keyof ReturnType<typeof person>)[];

/** One of them by one of many people, at −6 dBFS in a quiet room, with silence around. */
export function mouthSound(name: keyof ReturnType<typeof person>, seed: number): Int16Array {
  const hiss = seededNoise(99);
  const sound = atLevel(person(seed)[name](), -6);
  const audio = new Int16Array(silence(600).length + sound.length + silence(1200).length);
  audio.set(sound, silence(600).length);
  return audio.map((sample) => sample + 3 * hiss());
}
