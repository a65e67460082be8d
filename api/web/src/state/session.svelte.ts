// What the whole page shares: the case on show, the theme, whether single keys act, and the spoken line.
import { api, Problem } from '../api/client';
import type { CaseRef, CaseView } from '../api/types';
import { setCountry } from '../format/time';
import { i18n } from '../i18n/index.svelte';
import { route } from './route.svelte';

export type Theme = 'light' | 'dark';

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still works for this visit.
  }
}

class Session {
  cases = $state<CaseRef[]>([]);
  view = $state.raw<CaseView | null>(null);
  problem = $state.raw<Problem | null>(null);
  ready = $state(false);
  theme = $state<Theme>(firstTheme());
  letters = $state(kept('madeja.keys') !== 'off');
  spoken = $state('');
  /** Whether what is shown is from before the latest decisions. */
  updating = $state(false);
  /** Counts up when what may be seen has changed, so that every screen asks again. */
  epoch = $state(0);
  /** The last text searched for; held here because it must not stand in an address. */
  query = $state('');

  get caseId(): string {
    return route.case ?? '';
  }

  get country(): string | null {
    return this.view?.country ?? null;
  }

  say(text: string): void {
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    keep('madeja.theme', theme);
  }

  setLetters(on: boolean): void {
    this.letters = on;
    keep('madeja.keys', on ? 'on' : 'off');
  }

  async start(): Promise<void> {
    try {
      this.cases = await api.cases();
      const known = this.cases.some((c) => c.case === route.case);
      const first = this.cases[0];
      if (!known && first) route.enter(first.case);
      await this.refresh();
    } catch (error) {
      this.fail(error);
    } finally {
      this.ready = true;
    }
  }

  async refresh(): Promise<void> {
    if (!route.case || this.cases.length === 0) return;
    try {
      const view = await api.case(route.case);
      setCountry(view.clock);
      this.view = view;
      this.problem = null;
    } catch (error) {
      this.fail(error);
    }
  }

  /** After a decision: asks again at once, or, where its results take longer, when they are there. */
  async decided(updating: boolean): Promise<void> {
    if (!updating) return this.refresh();
    if (this.updating) return;
    this.updating = true;
    const id = this.caseId;
    try {
      do {
        await new Promise((resolve) => setTimeout(resolve, 1500));
      } while (id === this.caseId && (await api.state(id)).updating);
      this.epoch += 1;
      await this.refresh();
    } catch (error) {
      this.fail(error);
    } finally {
      this.updating = false;
    }
  }

  async chooseCase(id: string): Promise<void> {
    route.enter(id);
    this.epoch += 1;
    this.view = null;
    await this.refresh();
  }

  fail(error: unknown): void {
    this.problem = problemOf(error);
  }
}

/** Any thrown thing as a problem that can be shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, i18n.t.error.title, error instanceof Error ? error.message : String(error));
}

function firstTheme(): Theme {
  const own = kept('madeja.theme');
  if (own === 'light' || own === 'dark') return own;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export const session = new Session();
