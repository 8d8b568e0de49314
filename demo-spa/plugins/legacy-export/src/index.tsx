/** Switched off in plugins.yaml: it stands for a plugin whose days are over. */
function LegacyExport() {
  return <p className="nf-muted">Export as it used to be.</p>;
}

export const widgets = { LegacyExport };
