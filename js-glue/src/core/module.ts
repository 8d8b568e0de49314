/** What wasm/ exports, as bindings.ts hands it on: calls over texts and numbers, and the raw calls. */
export interface CoreModule {
  readonly HEAPU8: Uint8Array;

  codeNames(): string;
  console(line: Bytes): string;
  admit(purpose: number, holds: number): number;
  stopsVersion(every: boolean, quarantined: Bytes, running: Bytes): number;
  freePlugin(plugin: number): void;
  pluginCount(): number;
  decide(plugin: number, method: Bytes, target: Bytes): string;
  decideTopic(plugin: number, topic: Bytes): string;
  canonicalize(target: Bytes): string;
  semverSatisfies(version: Bytes, range: Bytes, includePrerelease: boolean): number;
  semverValid(version: Bytes): string;
  semverValidRange(range: Bytes, includePrerelease: boolean): string;
  semverCompare(a: Bytes, b: Bytes): number;
  semverCheckEngine(hostVersion: Bytes, range: Bytes): number;
  authzenRequests(plugins: Bytes, subjectType: Bytes, subjectId: Bytes): string;
  authzenApply(requests: number, status: number, body: Bytes): string;
  integrityParse(value: Bytes): string;
  integrityParseSri(value: Bytes): string;
  ledgerNew(): number;
  ledgerFree(ledger: number): void;
  ledgerOpenPlugin(ledger: number, id: Bytes): number;
  ledgerClosePlugin(ledger: number, plugin: number): string;
  ledgerOpen(ledger: number, plugin: number, path: Bytes): string;
  ledgerResolve(ledger: number, stream: number): number;
  ledgerClose(ledger: number, subscription: number): string;
  ledgerEndStream(ledger: number, stream: number): string;
  ledgerSubscribers(ledger: number, stream: number): string;
  ledgerSubscriptionCount(ledger: number, plugin: number): number;
  ledgerIsOpen(ledger: number, plugin: number): number;
  ledgerPluginOf(ledger: number, stream: number): string;
  ledgerPathOf(ledger: number, stream: number): string;
  ledgerTotals(ledger: number): string;

  _pc_scratch(): number;
  _pc_scratch_bytes(): number;
  _pc_text(bytes: number): number;
  _pc_compile(length: number): number;
  _pc_manifest(): number;
  _pc_manifest_bytes(): number;
  _pc_problems(): number;
  _pc_problems_bytes(): number;
  _pc_path(): number;
  _pc_path_bytes(): number;
  _pc_check(plugin: number, method: number, length: number): number;
  _pc_check_topic(plugin: number, length: number): number;
  _pc_semver_satisfies(version: number, range: number, includePrerelease: number): number;
  _pc_chunk(): number;
  _pc_chunk_bytes(): number;
  _pc_stream_new(idBytes: number): number;
  _pc_stream_free(stream: number): void;
  _pc_stream_feed(stream: number, length: number): number;
  _pc_lengths(): number;
  _pc_texts(): number;
  _pc_texts_bytes(): number;
  _pc_stream_retry(stream: number): number;
  _pc_stream_last_id(stream: number): void;
  _pc_stream_reset(stream: number): void;
}

/** Text as UTF-8 bytes. */
export type Bytes = Uint8Array;
