/** Objects and lists in one another; Kubernetes objects stay far below. */
export const MAX_DEPTH = 500;
