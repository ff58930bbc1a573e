/** The model for views: they are drawn anew when its state changes. */
import { createContext } from "preact";
import { useContext, useEffect, useReducer } from "preact/hooks";
import type { PracticeModel } from "./model.ts";

export const ModelContext = createContext<PracticeModel | undefined>(undefined);

/** The page's model; the view follows its state. */
export function useModel(): PracticeModel {
  const model = useContext(ModelContext);
  if (!model) throw new Error("a view stands outside of the page");
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => model.subscribe(() => redraw(undefined)), [model]);
  return model;
}
