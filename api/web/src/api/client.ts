// The one door to the server. Identifiers travel in bodies only, never in an address, because addresses end in logs.
import { i18n } from '../i18n/index.svelte';
import type {
  CaseRef, CaseView, CommonView, CommunitiesView, CommunityDetail, EdgeKey, EntityView, ExplainView, FindingDetail,
  FindingView, FlowView, GraphView, Judgement, Layer, PathView, ProtectionClass, RefusedView, ReviewPair, RhythmView, RowsView, SearchView,
  SourceView,
} from './types';

/** An answer that is not the one asked for: what, and what can be done (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string,
  ) {
    super(title);
  }
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        'accept-language': i18n.lang,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: 'same-origin',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, i18n.t.error.unreachable, i18n.t.error.unreachableRemedy);
  }
  const text = await response.text();
  let value: unknown = null;
  if (text) {
    try {
      value = JSON.parse(text);
    } catch {
      value = null;
    }
  }
  if (!response.ok) {
    const told = (value ?? {}) as { title?: string; detail?: string };
    throw new Problem(response.status, titleOf(response.status), told.detail ?? told.title ?? '');
  }
  return value as T;
}

/** What a status means, in the reader's language; the server's own detail stands below it. */
function titleOf(status: number): string {
  const t = i18n.t.error;
  if (status === 404) return t.notFound;
  if (status === 409) return t.conflict;
  if (status === 422) return t.unacceptable;
  return status >= 500 ? t.failure : t.refused(status);
}

/** A list that comes bare or under its name. */
function listed<T>(value: unknown, name: string): T[] {
  if (Array.isArray(value)) return value as T[];
  const inner = (value as Record<string, unknown> | null)?.[name];
  return Array.isArray(inner) ? (inner as T[]) : [];
}

const of = (id: string) => `/api/cases/${encodeURIComponent(id)}`;

export interface EgoQuery {
  id: string; hops?: number; from?: string | null; to?: string | null; layers?: Layer[]; limit?: number;
}
export interface RowsQuery {
  edge?: EdgeKey; refs?: { source: string; row: number }[]; from?: string | null; to?: string | null;
  limit?: number; after?: number;
}

export const api = {
  cases: async () => listed<CaseRef>(await call('GET', '/api/cases'), 'cases'),
  case: (c: string) => call<CaseView>('GET', of(c)),
  sources: async (c: string) => listed<SourceView>(await call('GET', `${of(c)}/sources`), 'sources'),
  refused: async (c: string, source: string, after: number, limit: number) => {
    const value = await call<unknown>(
      'GET', `${of(c)}/sources/${encodeURIComponent(source)}/refused?after=${after}&limit=${limit}`);
    const rows = listed<RefusedView>(value, 'rows');
    return rows.length > 0 ? rows : listed<RefusedView>(value, 'refused');
  },
  search: (c: string, text: string, limit: number, signal?: AbortSignal) =>
    call<SearchView>('POST', `${of(c)}/search`, { text, limit }, signal),
  node: (c: string, id: string) => call<EntityView>('POST', `${of(c)}/node`, { id }),
  ego: (c: string, query: EgoQuery) => call<GraphView>('POST', `${of(c)}/ego`, query),
  path: (c: string, a: string, b: string, inTimeOrder: boolean) =>
    call<PathView>('POST', `${of(c)}/path`, { a, b, k: 3, in_time_order: inTimeOrder }),
  common: (c: string, ids: string[]) => call<CommonView>('POST', `${of(c)}/common`, { ids }),
  flow: (c: string, query: { id: string; direction: 'forward' | 'backward' }) => call<FlowView>('POST', `${of(c)}/flow`, query),
  rhythm: (c: string, id: string) => call<RhythmView>('POST', `${of(c)}/rhythm`, { id }),
  rows: (c: string, query: RowsQuery) => call<RowsView>('POST', `${of(c)}/rows`, query),
  communities: (c: string, limit: number) => call<CommunitiesView>('GET', `${of(c)}/communities?limit=${limit}`),
  community: (c: string, id: string) =>
    call<CommunityDetail>('GET', `${of(c)}/communities/${encodeURIComponent(id)}`),
  findings: (c: string, typology: string) =>
    call<{ findings: FindingView[]; total: number }>('GET', `${of(c)}/findings${typology ? `?typology=${encodeURIComponent(typology)}` : ''}`),
  finding: (c: string, id: string) => call<FindingDetail>('GET', `${of(c)}/findings/${encodeURIComponent(id)}`),
  review: async (c: string, limit: number) =>
    listed<ReviewPair>(await call('GET', `${of(c)}/review?limit=${limit}`), 'pairs'),
  explain: (c: string, a: string, b: string) => call<ExplainView>('POST', `${of(c)}/explain`, { a, b }),
  judge: (c: string, a: string, b: string, judgement: Judgement, why: string) =>
    call<{ number?: number; updating?: boolean } | null>('POST', `${of(c)}/judge`, { a, b, judgement, why }),
  undo: (c: string, number: number, why: string) => call<{ updating?: boolean } | null>('POST', `${of(c)}/judge/undo`, { number, why }),
  /** Whether results are being brought up to date; until then answers are of the state before. */
  state: (c: string) => call<{ updating: boolean }>('GET', `${of(c)}/state`),
  openSession: (clearance: ProtectionClass, why: string) =>
    call<{ clearance: ProtectionClass }>('POST', '/api/session', { clearance, why }),
  closeSession: () => call<unknown>('DELETE', '/api/session'),
};
