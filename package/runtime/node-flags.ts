/**
 * How the image runs Node. Nearly all that a call allocates is dead when it ends, most of it buffers outside V8's heap, and V8 looks at
 * those of the young generation only when that is full: with a small one they go at once and memory stays low. Threads that help to
 * collect so small a heap use more CPU than they save.
 */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--single-threaded-gc'] as const;

/**
 * How the image has glibc keep memory that was freed: buffers of 64 KiB and more, as unpacking makes, go back to the system at once, and
 * threads share two arenas. Under attack the service needs a tenth less memory.
 */
export const MALLOC_SETTINGS = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '65536' } as const;
