/** Step 9 of a turn: encodes server events and reply audio as WebSocket messages, with few copies. */
import { binaryHeaderBytes, writeAudioHeader } from "../../protocol/binary-frame.ts";
import type { OutgoingAudio } from "../../session/link.ts";

/** Returns header and audio in one buffer, for one send. */
export function binaryMessage(audio: OutgoingAudio): Buffer {
  const message = Buffer.allocUnsafe(binaryHeaderBytes + audio.bytes.length);
  writeAudioHeader(message, audio.responseNumber, audio.startSample);
  message.set(audio.bytes, binaryHeaderBytes);
  return message;
}

/** Encodes reply audio as events of base64. */
export type DeltaEncoder = (audio: OutgoingAudio, eventId: string) => string;

/**
 * Makes an encoder that builds the JSON around the base64 once per response part instead of once per frame.
 * @param type the event's: `response.output_audio.delta`, or the beta's name of it
 */
export function deltaEncoder(type: string): DeltaEncoder {
  let part: OutgoingAudio | undefined;
  let middle = "";
  return (audio, eventId) => {
    if (part === undefined || !samePart(part, audio)) {
      part = audio;
      middle =
        `","response_id":${JSON.stringify(audio.responseId)},"item_id":${JSON.stringify(audio.itemId)}` +
        `,"output_index":${audio.outputIndex},"content_index":${audio.contentIndex},"delta":"`;
    }
    const { buffer, byteOffset, byteLength } = audio.bytes;
    const base64 = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
    return `{"type":"${type}","event_id":"${eventId}${middle}${base64}"}`;
  };
}

function samePart(a: OutgoingAudio, b: OutgoingAudio): boolean {
  return (
    a.responseId === b.responseId &&
    a.itemId === b.itemId &&
    a.outputIndex === b.outputIndex &&
    a.contentIndex === b.contentIndex
  );
}
