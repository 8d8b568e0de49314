/** Disabled in plugins.yaml: represents a retired plugin. */
function LegacyExport() {
  return <p className="nf-muted">The old export.</p>;
}

export const widgets = { LegacyExport };
