/** The maximum nesting of objects and lists. Kubernetes objects are nested far less deeply. */
export const MAX_DEPTH = 500;
