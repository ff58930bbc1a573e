/** The vendor's voices for Realtime sessions, by which its clients name a voice; the first is its default. */
export const realtimeVoices: readonly string[] = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
];
