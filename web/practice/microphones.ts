/** The microphones that the browser names; it names none before it has given leave to use one. */

/** Aliases in the list of devices, for whichever the system uses. */
const aliases: ReadonlySet<string> = new Set(["", "default", "communications"]);

export async function listMicrophones(): Promise<readonly MediaDeviceInfo[]> {
  // Absent from pages that are not secure.
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  const all = (await mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all.filter(
    ({ kind, label, deviceId }) => kind === "audioinput" && label !== "" && !aliases.has(deviceId),
  );
}

/** Id of the device of this name; undefined where there is none. */
export async function microphoneNamed(name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  return (await listMicrophones()).find(({ label }) => label === name)?.deviceId;
}
