// Knows: how the HTML report looks: on a screen in the light and in the dark, on a small one, and on paper.
// Must not know: what is in it. Nothing is fetched: the fonts are those of the reader's system.

export const STYLE = `
:root {
  --paper: #ffffff; --sheet: #f6f7f9; --ink: #1b1f24; --faint: #5b6470; --line: #d9dde3;
  --good: #0b6e7c; --warn: #8a5a00; --bad: #b3261e; --bad-sheet: #fdf1f0; --added: #e3f4f6; --removed: #fce8e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --sheet: #1d2126; --ink: #e7eaee; --faint: #9aa4b0; --line: #343a42;
    --good: #5cc4d3; --warn: #e2b04a; --bad: #ff8a80; --bad-sheet: #2a1b1b; --added: #12343a; --removed: #43211f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
main + main { border-top: 1px solid var(--line); }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.15rem; line-height: 1.35; margin: 0; overflow-wrap: anywhere; }
p { margin: .6rem 0; overflow-wrap: anywhere; white-space: pre-line; }
a { color: inherit; text-underline-offset: .3em; text-decoration-color: var(--faint); }
code, pre, td.text, .mono { font-family: ui-monospace, SFMono-Regular, Consolas, 'DejaVu Sans Mono', monospace; font-size: .85em; }
pre { margin: .6rem 0; padding: .75rem 1rem; background: var(--sheet); border-radius: .4rem; overflow-x: auto; line-height: 1.5; }
pre span { display: block; min-height: 1.5em; margin: 0 -1rem; padding: 0 1rem; min-width: max-content; }
.added { background: var(--added); } .removed { background: var(--removed); }
.faint { color: var(--faint); } .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.top { display: flex; gap: 1.25rem; align-items: center; }
.top > :first-child { min-width: 0; flex: 1; }
.top p { margin: .2rem 0 0; }
.grade { flex: none; min-width: 4.5rem; padding: .35rem .75rem; border: 2px solid; border-radius: .6rem; text-align: center; font-size: 2rem; line-height: 1.2; font-weight: 700; }
.grade small { display: block; font-size: .7rem; font-weight: 500; }
.bar { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.25rem, 1fr)); gap: .3rem; list-style: none; margin: 1.5rem 0 0; padding: 0; }
.bar li { padding: .35rem .6rem; background: var(--sheet); border-top: 3px solid var(--line); border-radius: 0 0 .3rem .3rem; font-size: .85rem; display: flex; justify-content: space-between; gap: .5rem; white-space: nowrap; }
.bar li.good { border-color: var(--good); } .bar li.warn { border-color: var(--warn); } .bar li.bad { border-color: var(--bad); font-weight: 600; }
.bar li > * { color: var(--ink); } .bar li.skip > * { color: var(--faint); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .8rem; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tr:last-child td { border-bottom: 0; }
td { overflow-wrap: anywhere; } td.sign { width: 1.5rem; padding-right: .4rem; } td.short { width: 1%; white-space: nowrap; overflow-wrap: normal; }
td.text { min-width: 12rem; } .heads td.text { width: 44%; }
.cause { margin-top: 2rem; padding: 1.1rem 1.25rem; background: var(--bad-sheet); border-left: 4px solid var(--bad); border-radius: 0 .5rem .5rem 0; }
.cause pre { background: var(--paper); }
.code { margin: .25rem 0 .9rem; font-size: .85rem; }
.rows { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .5rem 1rem; margin: 1rem 0 0; }
.rows dt { color: var(--faint); } .rows dd { margin: 0; } .rows dd p { margin: 0 0 .4rem; }
.finding { padding: .9rem 0; border-top: 1px solid var(--line); }
.finding h3 { font-size: 1rem; }
details { border-top: 1px solid var(--line); } details:last-of-type { border-bottom: 1px solid var(--line); }
dd details:last-of-type { border: 0; } dd summary { padding: .2rem 0; }
summary { cursor: pointer; padding: .6rem 0; display: flex; flex-wrap: wrap; gap: .1rem .9rem; }
summary::before { content: '▸'; color: var(--faint); } [open] > summary::before { content: '▾'; }
summary b { min-width: 1.75rem; } summary .what { flex: 1; min-width: 10rem; overflow-wrap: anywhere; }
details > *:not(summary) { margin-bottom: 1rem; }
footer { margin-top: 3rem; color: var(--faint); font-size: .8rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  main { padding: 1.25rem 1rem 3rem; }
  .rows { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .rows dd { margin-bottom: .6rem; }
  .cause { margin-inline: -1rem; border-radius: 0; padding: 1rem; }
  .stack tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); } .stack tr:last-child { border: 0; }
  .stack td { display: inline-block; border: 0; padding: 0 .6rem 0 0; min-width: 0; } .stack td.wide { display: block; } .stack td.text, .stack td.short { width: auto; min-width: 0; } .stack thead { display: none; }
}
@media print {
  :root { --paper: #fff; --sheet: #f4f4f4; --ink: #000; --faint: #444; --line: #bbb; --bad-sheet: #fff; }
  main { max-width: none; padding: 0; break-after: page; }
  details::details-content { content-visibility: visible; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } pre span { min-width: 0; }
  .cause, .finding, tr { break-inside: avoid; }
}
`;
