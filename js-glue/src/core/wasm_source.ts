/** The module's code in a page: compiled while it streams in. */
export async function compileWasm(): Promise<WebAssembly.Module> {
  const response = await fetch(new URL('./portcullis.wasm', import.meta.url), {
    credentials: 'same-origin',
  });
  if (!response.ok) throw new Error(`portcullis.wasm was answered ${response.status}`);
  // compileStreaming rejects any other type; a server that has it wrong costs time, not the start.
  const type = response.headers.get('content-type') ?? '';
  if (/^application\/wasm\s*$/i.test(type)) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
