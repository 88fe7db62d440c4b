import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { JsonObject } from '../../json/value.ts';
import type { PreviewProblem } from '../model/problems.ts';
import { complete, explain } from './completion.ts';

/** An editor of one text. */
export interface Editor {
  text(): string;
  /** Replaces the whole text. The change can be undone. */
  replace(text: string): void;
  /** Underlines the lines of problems. */
  mark(problems: readonly PreviewProblem[]): void;
  /** Moves the cursor to a line and a column, both from 1, and focuses the editor. */
  goTo(line: number, column: number): void;
}

/**
 * Creates an editor in `parent`. It is in a shadow root, so that its style sheets are constructed: the page's Content-Security-Policy does
 * not allow style elements.
 */
export function createEditor(
  parent: HTMLElement,
  options: {
    readonly label: string;
    readonly text: string;
    readonly schema: JsonObject | undefined;
    readonly onChange: () => void;
  },
): Editor {
  const { schema } = options;
  const root = parent.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        lintGutter(),
        yaml(),
        syntaxHighlighting(HIGHLIGHT),
        THEME,
        EditorState.tabSize.of(2),
        schema === undefined
          ? []
          : autocompletion({ override: [(context) => complete(context, schema)], icons: false }),
        schema === undefined ? [] : hoverTooltip((editor, position) => explain(editor.state.doc, position, schema)),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange();
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    mark(problems) {
      const diagnostics = problems.map((problem) => diagnosticOf(view.state.doc, problem));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    goTo(line, column) {
      const at = offsetOf(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
  };
}

function offsetOf(doc: Text, line: number, column: number): number {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + column - 1, to);
}

function diagnosticOf(doc: Text, { line, column, path, message }: PreviewProblem): Diagnostic {
  const at = offsetOf(doc, line, column);
  const { from: start, to } = doc.lineAt(at);
  // At the end of a line, the whole line is underlined.
  const from = at === to ? start : at;
  return { from, to, severity: 'error', message: path === '' ? message : `${path}: ${message}` };
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--key)' },
  { tag: [tags.comment, tags.meta], color: 'var(--muted)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--muted)' },
]);

const THEME = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--border)',
    borderRadius: '6px',
    maxWidth: '26rem',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--on-accent)', backgroundColor: 'var(--accent)' },
  '.cm-completionInfo, .cm-explanation': { padding: '6px 10px', font: '13px/1.45 var(--sans)' },
  '.cm-diagnostic': { font: '13px/1.45 var(--sans)', borderLeftColor: 'var(--bad)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--bad)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px',
  },
  '.cm-lint-marker-error': {
    content: 'none',
    width: '8px',
    height: '8px',
    borderRadius: '50%',
    backgroundColor: 'var(--bad)',
  },
});
