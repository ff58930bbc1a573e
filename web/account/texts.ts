/** Texts of the pages around an account, in the page's language. */
import texts from "kuku:languages/account";
import { chosenTexts } from "../messages/language.ts";

export const words = chosenTexts(texts);
