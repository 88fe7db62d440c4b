import { base64Text } from '../../internal/bytes/bytes.ts';
import { sha256 } from '../../internal/bytes/hash.ts';
import { printable } from '../../internal/quote.ts';
import { formatSize } from '../../internal/size.ts';
import { type CacheMap, type MapRow, nameOf } from './cache-map.ts';

const STYLE = `
:root { color-scheme: light dark; --text: #17212b; --muted: #55616b; --page: #fff; --line: #d3dadc; --bar: #0b6e69; --other: #5aa7a2; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6ebee; --muted: #a3b0b9; --page: #171e24; --line: #36424b; --bar: #56c3bb; --other: #2f7f7a; --bad: #ff8a80; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--text); background: var(--page); }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; } h2 { font-size: 1.05rem; margin-top: 2rem; }
svg.usage { width: 100%; height: 2.2rem; display: block; } .free { fill: var(--line); } .bar { fill: var(--bar); } .bar.odd { fill: var(--other); } .bar.over { fill: var(--bad); }
.muted { color: var(--muted); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.8rem 0.35rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--muted); } tbody th { font-weight: 600; }
code { font: 0.86em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
svg.chunks { height: 0.8rem; display: block; } .present { fill: var(--bar); } .missing { fill: none; stroke: var(--bad); }
`;

/** The maximum length of a name or message. */
const MAX_TEXT = 2_000;
/** The maximum number of chunks that are drawn. */
const MAX_DRAWN = 40;

/** Formats a map as an HTML page without scripts and external resources. */
export function formatMap(map: CacheMap): string {
  const policy = `default-src 'none'; style-src 'sha256-${base64Text(sha256(STYLE))}'; base-uri 'none'; form-action 'none'`;
  const { title, bytes, maxBytes, rows, missing } = map;
  const used = `${formatSize(bytes)} of ${formatSize(maxBytes)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Package cache of ${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Package cache of ${text(title)}</h1>
<p>${rows.length} ${rows.length === 1 ? 'entry' : 'entries'}, <strong${bytes > maxBytes ? ' class="bad"' : ''}>${used}</strong>${bytes > maxBytes ? ': more than the limit' : ''}.</p>
${usage(map)}
<h2>Missing content</h2>
${missing.length === 0 ? '<p>Nothing is missing.</p>' : `<ul>${missing.map((line) => `<li class="bad">${text(line)}</li>`).join('')}</ul>`}
<h2>Entries</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Entries">
<table>
<thead><tr><th scope="col">Content</th><th scope="col">Size</th><th scope="col">Chunks</th><th scope="col">Used by</th><th scope="col">From</th></tr></thead>
<tbody>
${rows.map(tableRow).join('\n')}
</tbody>
</table>
</div>
</main>
</body>
</html>
`;
}

/** Draws a bar for the whole limit, with a segment for each entry. */
function usage({ bytes, maxBytes, rows }: CacheMap): string {
  const total = Math.max(bytes, maxBytes, 1);
  let at = 0;
  const pieces = rows.map((row, index) => {
    const width = (row.bytes / total) * 1000;
    const x = at;
    at += width;
    const kind = at > (maxBytes / total) * 1000 + 0.001 ? ' over' : index % 2 === 1 ? ' odd' : '';
    return `<rect class="bar${kind}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="30"><title>${text(nameOf(row))}, ${formatSize(row.bytes)}</title></rect>`;
  });
  const label = `${formatSize(bytes)} of ${formatSize(maxBytes)} are used`;
  return `<svg class="usage" viewBox="0 0 1000 30" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="free" x="0" y="0" width="1000" height="30"/>${pieces.join('')}</svg>`;
}

function tableRow(row: MapRow): string {
  const { set, file, where, bytes, artifact, usedBy, problem } = row;
  const names = [file, set].filter((name) => name !== undefined && name !== nameOf(row));
  const from = artifact === undefined ? '' : `<br><code>${text(`${artifact.source}@${artifact.digest}`)}</code>`;
  return `<tr>
<th scope="row">${text(nameOf(row))}${names.map((name) => `<br><code class="muted">${text(name ?? '')}</code>`).join('')}${problem === undefined ? '' : `<br><span class="bad">${text(problem)}</span>`}</th>
<td>${file === undefined ? 'unknown' : formatSize(bytes)}</td>
<td>${chunkCell(row)}</td>
<td>${usedBy.length === 0 ? '<span class="muted">nothing</span>' : usedBy.map(text).join('<br>')}</td>
<td>${text(where)}${from}</td>
</tr>`;
}

function chunkCell({ chunks }: MapRow): string {
  if (chunks.length === 0) return '<span class="muted">unknown</span>';
  const present = chunks.filter(Boolean).length;
  const squares = chunks
    .slice(0, MAX_DRAWN)
    .map(
      (isPresent, index) =>
        `<rect class="${isPresent ? 'present' : 'missing'}" x="${index * 12 + 1}" y="1" width="9" height="9"/>`,
    );
  const width = squares.length * 12;
  return `${present} of ${chunks.length}<svg class="chunks" viewBox="0 0 ${width} 11" width="${width}" aria-hidden="true">${squares.join('')}</svg>`;
}

/** Escapes text for HTML elements and quoted attributes. Names are untrusted: they come from anyone who may write ConfigMaps. */
function text(value: string): string {
  return printable(value, MAX_TEXT)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
