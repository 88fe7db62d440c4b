import { html, nothing, svg, type TemplateResult } from 'lit-html';
import type { AccessRow, Permission } from '../../model/access.ts';
import { type ImageExample, plural } from '../../model/lifecycle.ts';
import type { Picture, RepositoryPicture } from '../../model/picture.ts';

/** Shows the lifecycle of images, the access to them, and their deletion, for each repository. */
export function imagesView({ repositories }: Picture): TemplateResult {
  if (repositories.length === 0) return html`<p class="muted">This claim does not have repositories.</p>`;
  return html`${repositories.map(repositoryView)}`;
}

function repositoryView({ key, rules, examples, access, deletionSentence }: RepositoryPicture): TemplateResult {
  return html`<section class="card" aria-labelledby=${`images-${key}`}>
    <h2 id=${`images-${key}`}>Repository ${key}</h2>
    <h3>Lifecycle</h3>
    ${
      rules.length === 0
        ? html`<p>Without a lifecycle policy, images never expire.</p>`
        : html`<ol class="rules">${rules.map(({ sentence }) => html`<li>${sentence}</li>`)}</ol>
            ${timeline(key, examples)}`
    }
    <h3>Who may pull and push</h3>
    ${accessTable(key, access)}
    <h3>When the claim is deleted</h3>
    <p>${deletionSentence}</p>
  </section>`;
}

/** Rows of images over days since their push. A bar ends on the day on which its image expires; an open end means that the day is unknown. */
function timeline(key: string, examples: readonly ImageExample[]): TemplateResult {
  const last = Math.max(7, ...examples.flatMap(({ days }) => days ?? []));
  const total = last * 1.25;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`Examples of images of ${key}`}>
    <table class="timeline">
      <caption>Examples of images, over the days since their push</caption>
      <thead>
        <tr><th scope="col">Tags</th><th scope="col" class="bars">${axis(total, last)}</th><th scope="col">Outcome</th><th scope="col">Rule</th></tr>
      </thead>
      <tbody>
        ${examples.map(
          ({ tags, fate, days, rule }) => html`<tr>
            <th scope="row">${tags.length === 0 ? html`<em>no tag</em>` : html`<code>${tags.join(', ')}</code>`}</th>
            <td class="bars">${bar(days, total)}</td>
            <td>${fate}</td>
            <td>${rule ?? '–'}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function axis(total: number, last: number): TemplateResult {
  return html`<span class="axis">push</span><span class="axis end">${plural(last, 'day')}</span><span class="hidden"> to ${plural(Math.ceil(total), 'day')}</span>`;
}

function bar(days: number | undefined, total: number): TemplateResult {
  const width = days === undefined ? 200 : Math.max(2, (days / total) * 200);
  return html`<svg viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect class="track" x="0" y="5" width="200" height="2" />`}
    ${svg`<rect class=${days === undefined ? 'open' : 'life'} x="0" y="2" width=${width} height="8" rx="3" />`}
  </svg>`;
}

const PERMISSIONS: Readonly<Record<Permission, string>> = { yes: 'yes', no: '–', denied: 'denied' };

function accessTable(key: string, rows: readonly AccessRow[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${`Who may pull and push images of ${key}`}>
    <table>
      <thead>
        <tr><th scope="col">Who</th><th scope="col">Pull</th><th scope="col">Push</th><th scope="col">Condition</th></tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ who, pull, push, others, conditions }) => html`<tr>
            <th scope="row">${who}</th>
            <td><span class=${`permission ${pull}`}>${PERMISSIONS[pull]}</span></td>
            <td><span class=${`permission ${push}`}>${PERMISSIONS[push]}</span></td>
            <td>
              ${conditions.join('; ')}${others.length === 0 ? nothing : html`<div class="muted">also ${others.join(', ')}</div>`}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
