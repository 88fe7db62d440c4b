import { html, type TemplateResult } from 'lit-html';

/** A tab of a list. */
export interface Tab {
  readonly id: string;
  readonly label: string;
  /** A number next to the label, such as the number of problems; 0 is not shown. */
  readonly count: number;
  /** The noun for the number, for screen readers. */
  readonly counted: string;
}

/**
 * Returns a list of tabs as described by https://www.w3.org/WAI/ARIA/apg/patterns/tabs/: arrow keys, Home and End move the focus, and the
 * selected tab is the only tab stop.
 */
export function tabList(
  label: string,
  tabs: readonly Tab[],
  selected: string,
  select: (id: string) => void,
): TemplateResult {
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = to === undefined ? undefined : tabs[to % tabs.length];
    if (tab === undefined) return;
    event.preventDefault();
    select(tab.id);
    document.getElementById(`tab-${tab.id}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${onKey}>
    ${tabs.map(
      ({ id, label: text, count, counted }) =>
        html`<button
          type="button"
          role="tab"
          id=${`tab-${id}`}
          aria-controls=${`panel-${id}`}
          aria-selected=${id === selected}
          tabindex=${id === selected ? 0 : -1}
          @click=${() => select(id)}
        >
          ${text} ${count > 0 ? html`<span class="count">${count}<span class="hidden"> ${counted}</span></span>` : ''}
        </button>`,
    )}
  </div>`;
}
