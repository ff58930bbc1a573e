/** Settings of the ears, given anew when a step has changed what they follow from. Part of `transition`. */
import { earSettings } from "../configuration/ear-settings.ts";
import type { StepContext } from "./step-context.ts";

/** Gives the ears the settings that hold from now on. */
export function configureEars({ state, effects }: StepContext): void {
  effects.push({ type: "ear_input", input: { type: "configure", settings: earSettings(state) } });
}
