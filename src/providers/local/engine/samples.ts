/** Samples as the runtime wants them and as the ports do. */

/** 16-bit samples between -1 and 1. */
export function toFloats(pcm: Int16Array): Float32Array {
  const floats = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) floats[i] = pcm[i]! / 32_768;
  return floats;
}

/** Samples between -1 and 1 in 16 bits; louder ones are cut. */
export function toPcm(floats: Float32Array): Int16Array {
  const pcm = new Int16Array(floats.length);
  for (let i = 0; i < floats.length; i++)
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(floats[i]! * 32_768)));
  return pcm;
}
