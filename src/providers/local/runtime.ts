/** Whether the runtime of local models is there: an optional package. */
export function isRuntimeInstalled(): boolean {
  try {
    import.meta.resolve("sherpa-onnx-node");
    return true;
  } catch {
    return false;
  }
}
