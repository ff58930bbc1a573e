/** Models that can be fetched by name: what their makers publish, and where. */

import list from "./known-models.json" with { type: "json" };
import type { ModelRole } from "./model-shape.ts";

export interface KnownModel {
  readonly name: string;
  readonly role: ModelRole;
  readonly about: string;
  /** ISO 639-1. */
  readonly languages: readonly string[];
  readonly licence: string;
  /** Length of the archive, where it is known. */
  readonly bytes?: number;
  /** Checksum of the archive, where it is known; hexadecimal. */
  readonly sha256?: string;
  /** The folder in the archive, which is the model's name elsewhere. */
  readonly folder: string;
  /** A .tar.bz2 or .tar.gz with one folder. */
  readonly address: string;
}

export const knownModels = list as readonly KnownModel[];
