import { html, nothing, type TemplateResult } from 'lit-html';
import type { Json } from '../../../json/value.ts';
import type { FieldChange, ResourceChange } from '../../model/changes.ts';
import type { Picture } from '../../model/picture.ts';

/** Shows the changes to the observed state, and the settings that cannot be changed, with the reason. */
export function changesView({ hasObserved, changes, kept }: Picture): TemplateResult {
  return html`
    ${
      hasObserved
        ? nothing
        : html`<p class="note">
            No resources exist yet, so all of them are created. To see a diff, paste the output of <code>kubectl get managed -o yaml</code> into the tab <strong>Observed</strong>.
          </p>`
    }
    ${
      kept.length === 0
        ? nothing
        : html`<section aria-labelledby="kept">
            <h2 id="kept">Unchanged settings</h2>
            <ul class="kept">${kept.map((message) => html`<li>${message}</li>`)}</ul>
          </section>`
    }
    <section aria-labelledby="changes">
      <h2 id="changes">Resources</h2>
      <ul class="changes">${changes.map(changeView)}</ul>
    </section>
  `;
}

const ACTIONS = { create: 'created', update: 'changed', keep: 'unchanged', delete: 'deleted' } as const;
const SIGNS = { create: '+', update: '~', keep: '=', delete: '−' } as const;

function changeView({ composedName, kind, action, fields, note }: ResourceChange): TemplateResult {
  return html`<li class=${`change ${action}`}>
    <div>
      <span class="sign" aria-hidden="true">${SIGNS[action]}</span>
      <span class="kind">${kind}</span> <span class="name">${composedName}</span>
      <span class="state">${ACTIONS[action]}${note === undefined ? nothing : html`, ${note}`}</span>
    </div>
    ${fields.length === 0 ? nothing : fieldTable(composedName, fields)}
  </li>`;
}

function fieldTable(name: string, fields: readonly FieldChange[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`Changed fields of ${name}`}>
    <table>
      <thead>
        <tr><th scope="col">Field</th><th scope="col">Current</th><th scope="col">New</th></tr>
      </thead>
      <tbody>
        ${fields.map(
          ({ path, from, to, immutable }) => html`<tr>
            <th scope="row"><code>${breakable(path)}</code>${immutable ? html` <span class="layer enforced">immutable</span>` : nothing}</th>
            <td><del>${shown(from)}</del></td>
            <td><ins>${shown(to)}</ins></td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Allows line breaks after the dots of a path. */
function breakable(path: string): readonly (string | TemplateResult)[] {
  return path.split(/(?<=\.)/).flatMap((part) => [part, html`<wbr />`]);
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
