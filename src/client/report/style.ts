/** Style sheet of the report pages: light and dark, from a phone's width up, and for print. */

/** For a page of its own; the practice page's own style has these already. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --back: #f6f5f1; --card: #ffffff; --ink: #1c2321; --soft: #58635f; --line: #dcdad2; --accent: #0f766e;
  --good: #17693a; --good-back: #e2f3e7; --bad: #a3231b; --bad-back: #fbe6e3; --odd: #7a5200; --odd-back: #fbeecb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #121716; --card: #1b2221; --ink: #e8edeb; --soft: #9fb0aa; --line: #33403c; --accent: #2dd4bf;
    --good: #86e3a5; --good-back: #173524; --bad: #ffa79d; --bad-back: #43201d; --odd: #f3cd72; --odd-back: #3a2f12;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem / 1.5 system-ui, sans-serif; }
.quiet { color: var(--soft); font-size: 0.9rem; }
@media print {
  :root {
    color-scheme: light;
    --back: #ffffff; --card: #ffffff; --ink: #1c2321; --soft: #58635f; --line: #dcdad2; --accent: #0f766e;
    --good: #17693a; --good-back: #e2f3e7; --bad: #a3231b; --bad-back: #fbe6e3; --odd: #7a5200; --odd-back: #fbeecb;
  }
}
`;

/** Styles of the drawings, on any page that has the colours. */
export const reportStyle = `
.kept { max-width: 52rem; margin: 0 auto; padding: 1.2rem 1rem 2rem; overflow-wrap: break-word; }
main > .kept { padding-left: 0; padding-right: 0; }
.kept .top { display: block; max-width: none; padding: 0; }
.kept h1 { font-size: clamp(1.4rem, 5vw, 1.9rem); line-height: 1.2; margin: 0; white-space: normal; }
.kept .top p { margin: 0.2rem 0 0; }
.kept h2 { font-size: 1.15rem; margin: 1.8rem 0 0.6rem; }
.kept h3 { font-size: 0.95rem; color: var(--soft); margin: 1rem 0 0.2rem; }
.kept .card > h3:first-child { margin-top: 0; }
.kept .card { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 1rem 1.2rem; }
.kept .card > p, .kept .card ul, .kept .card ol { margin: 0.2rem 0; }
.kept .card > p.quiet { margin-bottom: 0.6rem; }
.kept .card ul, .kept .card ol { padding-left: 1.3rem; }
.kept footer { margin-top: 2rem; padding: 0.6rem 0 0; border-top: 1px solid var(--line); background: none; }
.kept footer p { margin: 0.3rem 0; max-width: none; overflow-wrap: anywhere; }

.figures { width: 100%; border-collapse: collapse; }
.figures th, .figures td { text-align: left; vertical-align: top; padding: 0.45rem 0.8rem 0.45rem 0; }
.figures tbody tr { border-top: 1px solid var(--line); }
.figures thead th { color: var(--soft); font-size: 0.85rem; font-weight: 400; padding-top: 0; }
.figures th[scope="row"] { font-weight: 600; }
.figures small { color: var(--soft); font-weight: 400; }
.figures th small { display: block; }
.figures .value { white-space: nowrap; font-variant-numeric: tabular-nums; }
.figures td.value { color: var(--soft); }
.figures td.value b { color: var(--ink); font-size: 1.1rem; }
.band { display: inline-block; border-radius: 8px; padding: 0 0.5rem; font-size: 0.85rem; font-weight: 600; }
.band.good { color: var(--good); background: var(--good-back); }
.band.fair, .band.low, .band.high { color: var(--odd); background: var(--odd-back); }

.talk { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.7rem; }
.talk > li { border-radius: 16px; border: 1px solid var(--line); padding: 0.7rem 1rem; break-inside: avoid; min-width: 0; }
.talk > li.user { background: var(--card); border-left: 4px solid var(--accent); }
.talk > li.ai { color: var(--soft); }
.talk p { margin: 0; }
.talk .who { font-size: 0.8rem; color: var(--soft); }
.talk .who time { margin-left: 0.3rem; }
.brief { list-style: none; margin: 0.5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; font-size: 0.87rem; color: var(--soft); }
.brief b { color: var(--ink); }
.reading { list-style: none; display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0.4rem 0; padding: 0; }
.reading li { border-radius: 10px; padding: 0.1rem 0.55rem; border-bottom: 3px solid currentColor; }
.reading .correct { color: var(--good); background: var(--good-back); }
.reading .correct.fair { background: none; }
.reading .correct.faint { background: none; border-bottom-style: dotted; }
.reading .substituted { color: var(--bad); background: var(--bad-back); border-bottom-style: double; }
.reading .omitted, .reading .inserted { color: var(--odd); background: var(--odd-back); border-bottom-style: dashed; }
.reading .exempt { color: inherit; border-bottom-style: dotted; }
.reading .omitted b { text-decoration: line-through; }

.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: 0.2rem 0.8rem; margin-top: 0.5rem; }
svg.contour, svg.chart { display: block; width: 100%; height: auto; }
svg.chart { max-width: 26rem; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .axis { font-size: 10px; }
svg .grid { stroke: var(--line); }
svg .line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
svg .dot { fill: var(--accent); }
svg .median { stroke: var(--line); stroke-dasharray: 3 3; }
svg .pitch { fill: none; stroke: var(--accent); stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
svg .level { fill: var(--soft); opacity: 0.35; }
svg .pause { fill: var(--odd-back); }
svg .word { fill: var(--ink); }
svg .word.substituted { fill: var(--bad); font-weight: 600; }
svg .word.omitted, svg .word.inserted { fill: var(--odd); font-weight: 600; }

@media (max-width: 34rem) {
  .figures, .figures tbody { display: block; }
  .figures thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .figures tr { display: grid; grid-template-columns: 1fr auto; padding: 0.5rem 0; }
  .figures th, .figures td { padding: 0; }
  .figures td:last-child { grid-column: 1 / -1; }
}
@media print {
  .kept { max-width: none; padding: 0; }
  .kept .card, .talk > li { border-color: #cccccc; }
  .figures tr, .rows svg { break-inside: avoid; }
  .band, .reading li, svg .pause { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
