/** The page someone keeps as a file: all of it in one piece, asking nothing of any other place. Pure. */
import { formatTime } from "./figures.ts";
import type { KeptSession } from "./kept.ts";
import { Markup, markup } from "./markup.ts";
import { drawSession } from "./session-report.ts";
import { pageStyle, reportStyle } from "./style.ts";
import { english, type ReportTexts } from "./texts.ts";

/** The whole document, in the language of the texts. A policy inside it keeps it from running or fetching anything, whatever was said in the session. */
export function reportPage(kept: KeptSession, texts: ReportTexts = english): string {
  const style = new Markup(pageStyle + reportStyle);
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return markup`<!doctype html>
<html lang="${texts.locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Kuku Coach, ${formatTime(kept.session.createdAt, texts.locale)}</title>
<style>${style}</style>
</head>
<body>
${drawSession(kept, texts)}
</body>
</html>
`.text;
}
