/** The calls that are made rarely, as wasm/text_bindings.cpp has them: over embind, texts as bytes (text_calls.ts). */
export interface TextApi {
  codeNames(): string;
  console(line: Bytes): string;
  admit(purpose: number, holds: number): number;
  stopsVersion(every: boolean, quarantined: Bytes, running: Bytes): boolean;
  freePlugin(plugin: number): void;
  pluginCount(): number;
  decide(plugin: number, method: Bytes, target: Bytes): string;
  decideTopic(plugin: number, topic: Bytes): string;
  canonicalize(target: Bytes): string;
  semverSatisfies(version: Bytes, range: Bytes, includePrerelease: boolean): boolean;
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
  ledgerResolve(ledger: number, stream: number): boolean;
  ledgerClose(ledger: number, subscription: number): string;
  ledgerEndStream(ledger: number, stream: number): string;
  ledgerSubscribers(ledger: number, stream: number): string;
  ledgerSubscriptionCount(ledger: number, plugin: number): number;
  ledgerIsOpen(ledger: number, plugin: number): boolean;
  ledgerPluginOf(ledger: number, stream: number): string;
  ledgerPathOf(ledger: number, stream: number): string;
  ledgerTotals(ledger: number): string;
}

/** Text as UTF-8 bytes. */
export type Bytes = Uint8Array;
