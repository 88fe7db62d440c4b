/**
 * How the image runs Node. Nearly all that a call allocates is dead when it ends, most of it buffers outside V8's heap, and V8 looks at
 * those of the young generation only when that is full: with a small one they go at once and memory stays low. Threads that help to
 * collect so small a heap use more CPU than they save.
 */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--single-threaded-gc'] as const;
