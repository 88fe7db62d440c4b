import { html, render, type TemplateResult } from 'lit-html';
import { reasonOf } from '../../internal/reason.ts';
import type { Picture } from '../model/picture.ts';
import { createPreviewer } from '../model/preview.ts';
import { type DocumentName, type PreviewProblem, SOURCES, type Texts } from '../model/problems.ts';
import { editorSchemas } from '../model/schemas.ts';
import { createEditor, type Editor } from './editor.ts';
import { EXAMPLES } from './examples.ts';
import { followFiles } from './files.ts';
import { decodeLink, encodeLink, LinkError } from './link.ts';
import { summaryOf } from './summary.ts';
import { tabList } from './tabs.ts';
import { changesView } from './views/changes.ts';
import { imagesView } from './views/images.ts';
import { outputView } from './views/output.ts';
import { resultView } from './views/result.ts';

const LABELS: Readonly<Record<DocumentName, string>> = {
  claim: 'Claim',
  composition: 'Composition',
  observed: 'Observed',
  definition: 'XRD',
};

const VIEWS = {
  result: { label: 'Result', view: resultView },
  images: { label: 'Images', view: imagesView },
  changes: { label: 'Changes', view: changesView },
  output: { label: 'YAML', view: outputView },
} as const;
type View = keyof typeof VIEWS;

interface State {
  source: DocumentName;
  view: View;
  /** The last picture without problems. */
  picture: Picture | undefined;
  problems: readonly PreviewProblem[];
  /** A message above the picture, such as an error of the link. */
  notice: string;
}

/** The delay after the last change until the address is updated, in milliseconds. */
const LINK_DELAY_MS = 400;
/** The maximum length of a link. Chat programs and server logs truncate longer addresses. */
const MAX_LINK = 30_000;

const state: State = { source: 'claim', view: 'result', picture: undefined, problems: [], notice: '' };
let latest: Texts | undefined;
let linkTimer: ReturnType<typeof setTimeout> | undefined;
const followsFiles = new URLSearchParams(location.search).has('files');
const preview = createPreviewer();
const texts = await firstTexts();
draw();
const schemas = editorSchemas();
const editors = Object.fromEntries(SOURCES.map((source) => [source, editorOf(source)]));
await update();
if (followsFiles) followFiles(replaceTexts, (notice) => draw({ notice }));
window.addEventListener('hashchange', () => void openLink());

async function firstTexts(): Promise<Texts> {
  try {
    return (await decodeLink(location.hash)) ?? EXAMPLES[0].texts;
  } catch (error) {
    state.notice = noticeOf(error);
    return EXAMPLES[0].texts;
  }
}

async function openLink(): Promise<void> {
  try {
    const linked = await decodeLink(location.hash);
    if (linked) replaceTexts(linked);
  } catch (error) {
    draw({ notice: noticeOf(error) });
  }
}

function noticeOf(error: unknown): string {
  if (error instanceof LinkError) return error.message;
  throw error;
}

function editorOf(source: DocumentName): Editor {
  const parent = document.getElementById(`panel-${source}`);
  if (parent === null) throw new TypeError(`the page has no panel for ${source}`);
  return createEditor(parent, {
    label: LABELS[source],
    text: texts[source],
    schema: schemas[source],
    onChange: () => void update(),
  });
}

function replaceTexts(next: Texts): void {
  for (const source of SOURCES) editors[source]?.replace(next[source]);
  draw({ notice: '' });
}

function textsNow(): Texts {
  const text = (source: DocumentName) => editors[source]?.text() ?? '';
  return {
    claim: text('claim'),
    composition: text('composition'),
    observed: text('observed'),
    definition: text('definition'),
  };
}

async function update(): Promise<void> {
  try {
    await showPreview();
  } catch (error) {
    draw({ notice: `Internal error: ${reasonOf(error)}` });
  }
}

/** Previews the current texts. They may change meanwhile; the result for the latest texts is shown. */
async function showPreview(): Promise<void> {
  const start = performance.now();
  const now = textsNow();
  latest = now;
  const { picture, problems } = await preview(now);
  if (latest !== now) return;
  for (const source of SOURCES) editors[source]?.mark(problems.filter((problem) => problem.source === source));
  draw({ problems, picture: picture ?? state.picture });
  performance.measure('preview', { start });
  if (!followsFiles) scheduleLink(now);
}

function scheduleLink(now: Texts): void {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => void writeLink(now), LINK_DELAY_MS);
}

async function writeLink(now: Texts): Promise<void> {
  const link = await linkTo(now);
  history.replaceState(undefined, '', link ?? location.pathname);
}

/** Returns the fragment for the texts, or undefined if it would be too long. */
async function linkTo(now: Texts): Promise<string | undefined> {
  if (SOURCES.reduce((total, source) => total + now[source].length, 0) > 10 * MAX_LINK) return undefined;
  const link = await encodeLink(now);
  return link.length > MAX_LINK ? undefined : link;
}

async function copyLink(): Promise<void> {
  const link = await linkTo(textsNow());
  if (link === undefined) return draw({ notice: 'These texts are too long for a link.' });
  const url = new URL(link, location.href);
  url.search = '';
  try {
    await navigator.clipboard.writeText(url.href);
    draw({ notice: 'Link copied.' });
  } catch {
    history.replaceState(undefined, '', url.href);
    draw({ notice: 'The browser denied access to the clipboard; copy the link from the address bar.' });
  }
}

function pickExample(event: Event): void {
  const example = EXAMPLES.find(({ name }) => event.target instanceof HTMLSelectElement && event.target.value === name);
  if (example) replaceTexts(example.texts);
}

function goTo({ source, line, column }: PreviewProblem): void {
  draw({ source });
  editors[source]?.goTo(line, column);
}

function draw(changes: Partial<State> = {}): void {
  Object.assign(state, changes);
  render(page(), document.body);
}

function page(): TemplateResult {
  return html`
    <header>
      <h1>What does this claim create?</h1>
      <label>
        Example
        <select @change=${pickExample}>
          ${EXAMPLES.map(({ name, title }) => html`<option value=${name}>${title}</option>`)}
        </select>
      </label>
      <button type="button" class="plain" @click=${() => void copyLink()}>Copy link</button>
    </header>
    <p class="notice" role="status" ?hidden=${state.notice === ''}>${state.notice}</p>
    <main>
      <section class="side" aria-label="Texts">
        ${tabList('Texts', SOURCES.map(sourceTab), state.source, (id) => draw({ source: SOURCES.find((one) => one === id) ?? 'claim' }))}
        ${SOURCES.map(
          (source) =>
            html`<div
              class="editor"
              role="tabpanel"
              id=${`panel-${source}`}
              aria-labelledby=${`tab-${source}`}
              ?hidden=${source !== state.source}
            ></div>`,
        )}
        <ul class="problems" aria-label="Problems" ?hidden=${state.problems.length === 0}>
          ${state.problems.map(problemItem)}
        </ul>
      </section>
      <section class="side" aria-label="Preview">
        ${tabList('Preview', Object.entries(VIEWS).map(viewTab), state.view, (id) => draw({ view: isView(id) ? id : 'result' }))}
        <p class=${state.problems.length === 0 ? 'summary' : 'summary bad'} role="status">${summaryOf(state)}</p>
        <div
          class=${state.problems.length === 0 ? 'preview' : 'preview stale'}
          role="tabpanel"
          tabindex="0"
          id=${`panel-${state.view}`}
          aria-labelledby=${`tab-${state.view}`}
        >
          ${state.picture === undefined ? '' : VIEWS[state.view].view(state.picture)}
        </div>
      </section>
    </main>
  `;
}

function sourceTab(id: DocumentName) {
  const count = state.problems.filter(({ source }) => source === id).length;
  return { id, label: LABELS[id], count, counted: count === 1 ? 'problem' : 'problems' };
}

function viewTab([id, { label }]: [string, { readonly label: string }]) {
  return { id, label, count: 0, counted: '' };
}

function isView(id: string): id is View {
  return Object.hasOwn(VIEWS, id);
}

function problemItem(problem: PreviewProblem): TemplateResult {
  const { source, line, path, message } = problem;
  return html`<li>
    <button type="button" @click=${() => goTo(problem)}>${LABELS[source]}, line ${line}</button>
    ${path === '' ? '' : html`<code class="field">${path}</code>`} ${message}
  </li>`;
}
