/** Of the report page: shows the server's answer. */
import { type Ask, AskError } from "../src/client/report/kept.ts";
import { type Markup, markup } from "../src/client/report/markup.ts";
import { reportStyle } from "../src/client/report/style.ts";
import { askHere } from "./ask.ts";
import { element } from "./elements.ts";

const place = element("kept", HTMLElement);

/** Shows what `draw` makes of the answers, or why there are none. */
export async function show(draw: (ask: Ask) => Promise<Markup>): Promise<void> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(reportStyle);
  document.adoptedStyleSheets = [sheet];
  try {
    place.innerHTML = (await draw(askHere)).text;
  } catch (error) {
    if (!(error instanceof AskError)) console.error(error);
    if (error instanceof AskError && error.code === "INVALID_CREDENTIALS")
      return location.replace(
        `/sign-in.html?next=${encodeURIComponent(location.pathname + location.search)}`,
      );
    const why = whyNot(error);
    place.innerHTML = markup`<p role="alert">${why}</p>`.text;
  }
  place.removeAttribute("aria-busy");
}

/** In words for people: an address that names no session is one whose session is not there. */
function whyNot(error: unknown): string {
  if (!(error instanceof AskError)) return "This page could not be drawn.";
  return error.code === "INVALID_SESSION_ID" ? "There is no such session." : error.message;
}
