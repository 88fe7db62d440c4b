/** The text of a YAML file, which esbuild bundles. */
declare module '*.yaml' {
  const text: string;
  export default text;
}
