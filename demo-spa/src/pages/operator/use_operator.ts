import {
  type QueryClient,
  type UseMutationResult,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { call, post } from '../../host/call.ts';
import { host } from '../../host/host.ts';
import { fetchQuarantined } from '../../host/quarantined.ts';
import { toast } from '../../ui/toasts.tsx';

/** The response of `GET /api/plugins/health/{id}`. */
export interface Health {
  readonly plugin_id: string;
  readonly calls: number;
  readonly errors: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly last_active: string | null;
  readonly quarantined: boolean;
}

export interface QuarantineRequest {
  readonly pluginId: string;
  readonly reason: string;
  readonly version?: string;
  readonly expiresInSeconds?: number;
}

/** A problem found by a refresh. A configuration with errors is not applied. */
export interface ConfigProblem {
  readonly severity?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly pointer?: string;
  readonly message: string;
}

/** Counts of problems in other tenants and shared files, whose details an operator of one tenant may not see. */
export interface ProblemsElsewhere {
  readonly errors: number;
  readonly warnings: number;
}
export interface RefreshResult {
  readonly generation: number;
  readonly tenants: number;
  readonly plugins: number;
  readonly warnings: readonly ConfigProblem[];
  readonly elsewhere?: ProblemsElsewhere;
}

const HEALTH = 'plugin-health';
const QUARANTINED = 'quarantined-plugins';
const POLL_MS = 4_000;

async function changed(queries: QueryClient): Promise<void> {
  await Promise.all([HEALTH, QUARANTINED].map((key) => queries.invalidateQueries({ queryKey: [key] })));
}

/** The health of each plugin, polled every 4 seconds while the page is visible. */
export function useHealth(ids: readonly string[]): ReadonlyMap<string, Health> {
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: [HEALTH, id],
      queryFn: () => call<Health>(host, `/api/plugins/health/${encodeURIComponent(id)}`),
      refetchInterval: POLL_MS,
    })),
    combine: (results) =>
      new Map(results.flatMap((result, at) => (result.data === undefined ? [] : [[ids[at] ?? '', result.data]]))),
  });
}

/** Ids of quarantined plugins that are not in this page's manifests. */
export function useQuarantinedElsewhere(known: readonly string[]): readonly string[] {
  const { data = [] } = useQuery({
    queryKey: [QUARANTINED],
    queryFn: ({ signal }) => fetchQuarantined(host, signal),
  });
  return data.filter((id) => !known.includes(id));
}

export function useQuarantine(): UseMutationResult<unknown, Error, QuarantineRequest> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ pluginId, reason, version, expiresInSeconds }: QuarantineRequest) =>
      post(host, `/api/plugins/quarantine/${encodeURIComponent(pluginId)}`, {
        reason,
        ...(version === undefined ? {} : { version }),
        ...(expiresInSeconds === undefined ? {} : { expires_in_s: expiresInSeconds }),
      }),
    onSettled: () => changed(queries),
  });
}

export function useUnquarantine(): UseMutationResult<{ removed: boolean }, Error, string> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (pluginId: string) =>
      post<{ removed: boolean }>(host, `/api/plugins/unquarantine/${encodeURIComponent(pluginId)}`),
    onSuccess: ({ removed }, pluginId) => {
      if (!removed) toast({ tone: 'info', title: `${pluginId} was not quarantined` });
    },
    onError: (error, pluginId) =>
      toast({ tone: 'bad', title: `${pluginId} is still quarantined`, body: error.message }),
    onSettled: () => changed(queries),
  });
}

export function useRefresh(): UseMutationResult<RefreshResult, Error, void> {
  return useMutation({ mutationFn: () => post<RefreshResult>(host, '/api/plugins/refresh') });
}
