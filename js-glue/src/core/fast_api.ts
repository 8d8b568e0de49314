/** The calls that are made often or with much text, as wasm/fast_*.cpp exports them: over numbers, without any glue. */
export interface FastApi {
  readonly pc_scratch: () => number;
  readonly pc_scratch_bytes: () => number;
  readonly pc_text: (bytes: number) => number;
  readonly pc_compile: (length: number) => number;
  readonly pc_manifest: () => number;
  readonly pc_manifest_bytes: () => number;
  readonly pc_problems: () => number;
  readonly pc_problems_bytes: () => number;
  readonly pc_path: () => number;
  readonly pc_path_bytes: () => number;
  readonly pc_check: (plugin: number, method: number, length: number) => number;
  readonly pc_check_topic: (plugin: number, length: number) => number;
  readonly pc_semver_satisfies: (version: number, range: number, includePrerelease: number) => number;
  readonly pc_chunk: () => number;
  readonly pc_chunk_bytes: () => number;
  readonly pc_stream_new: (idBytes: number) => number;
  readonly pc_stream_free: (stream: number) => void;
  readonly pc_stream_feed: (stream: number, length: number) => number;
  readonly pc_lengths: () => number;
  readonly pc_texts: () => number;
  readonly pc_texts_bytes: () => number;
  readonly pc_stream_retry: (stream: number) => number;
  readonly pc_stream_last_id: (stream: number) => void;
  readonly pc_stream_reset: (stream: number) => void;
}

/** What a compiled core exports, WebAssembly or its translation. */
export interface CoreExports extends FastApi {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Room for a text of a call over embind, in the module's own allocator. */
  readonly malloc: (bytes: number) => number;
  readonly free: (at: number) => void;
}
