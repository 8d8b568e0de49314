/** What every host shares with its plugins by import map: left out of a plugin's bundle. */
export const SHARED: readonly string[] = ['react', 'react/jsx-runtime', 'portcullis/plugin'];

/** What both plugins that build a plugin's bundle take (`portcullis/esbuild`, `portcullis/vite`). */
export interface PluginBuildOptions {
  /** More modules that the host shares with its plugins (`portcullisVendor({ modules })`). */
  readonly modules?: readonly string[];
}

/** What is said of a stylesheet that a plugin's code imports. */
export const noStyles = (file: string): string =>
  `${file} is left out: a plugin brings no CSS file; "Styles" in docs/first-plugin.md says what it does instead`;
