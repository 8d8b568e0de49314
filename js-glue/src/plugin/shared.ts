/** The modules that every host shares with its plugins through the import map. They are excluded from bundles. */
export const SHARED: readonly string[] = ['react', 'react/jsx-runtime', 'portcullis/plugin'];

/** Options of the build plugins for plugin bundles (`portcullis/esbuild`, `portcullis/vite`). */
export interface PluginBuildOptions {
  /** Additional modules that the host shares with its plugins (`portcullisVendor({ modules })`). */
  readonly modules?: readonly string[];
}

/** The warning for a stylesheet that a plugin's code imports. */
export const stylesheetWarning = (file: string): string =>
  `${file} is left out: a plugin cannot ship CSS files; "Styles" in docs/first-plugin.md shows the alternatives`;
