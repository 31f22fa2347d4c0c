/* Builds traces for tests from a few lines of text, through the real writer. Totals and peaks at the end come
 * from the plain ledger. A mistake in the text ends the test program with the line's number.
 *
 *   # comment                            to the end of the line
 *   module /lib/libx.so 0a1b2c           path, build-id in hex; optional, functions make their modules
 *   function main app main.c 10          name, module, file, line of its declaration, then any of allocator,
 *   function fib app fib.py 3 python       runtime, nosymbol, interpreter, python. Quote names that have spaces.
 *                                          A name declared again is another function of this name from there on,
 *                                          in steps of stacks that were not named before
 *   process 1 100 1 ./app --big          number (1, 2, ...), pid, ppid, command with its arguments
 *   fork 2 101 100 ./app                 the same, a copy of the process whose pid is ppid
 *   exec 3 101 100 ./other               the same, a new image under its own pid
 *   thread 1 100 worker                  of process 1: tid, name (optional). They are t1, t2, ... in order
 *   0.001 t1 alloc 64 main>f:12>g        seconds, thread, size, stack (outermost first)
 *   0.001 t1 alloc 64 main>f x100        100 of them
 *   0.002 t1 free #0                     the block that the first alloc of the text returned
 *   0.002 t2 free #1..9                  nine of them
 *   0.002 t1 realloc #10 128 main>f      a free and an alloc
 *   0.003 t1 map 4096 main>f             mapped memory; unmap likewise
 *   0.003 rss 1 65536                    resident bytes of process 1
 *   time 1 sample cpu 1000               how the time of process 1 was found: off, sample or exact; cpu or
 *                                          wall; samples a second (optional)
 *   0.004 t1 sample 0.001 main>f         a sample that stands for so many seconds; x3 behind it: three in one;
 *                                          x0: a wait
 *   0.100 t1 calls 5 0.002 main>f        five calls of f from main, 2 ms in f itself, up to now
 *   0.100 t1 release 3 4096 main>f       three blocks, of 4096 bytes together, were freed there, up to now
 *   0.100 line 1 f 12 3 65536 -4096      line 12 of f in process 1: three times begun, resident bytes after it
 *                                          at most, and by it
 *   0.100 t1 bracket f 0.05 1024 2048 1  a call of f from 0.05 on: resident bytes before and after, level
 *   0.004 exit 1 0                       process 1 ends, status 0; kill 1 9: by signal 9; replace 1: by exec
 *   set 1 inherited_frees 3              also unknown_frees, lost_events, rss_peak_bytes, mapped_peak_bytes,
 *                                          cpu_ns, ppid
 *   not_recorded 1 "is static"           the process ran but was not recorded
 *   address 0x7f0000000010               where the next alloc's block is; those after it lie behind it, each with
 *                                          8 bytes before it, rounded to 16. The trace has addresses
 *   flush                                ends the block
 *   symbols off                          new pcs get no symbols from here on; symbols on
 *   memory off                           it is told as recorded with --memory=off
 *   lost 7                               events, in all
 *   end 2.5                              seconds; without it, the time of the last line
 *   cut                                  no end is written, as if the recorder had been killed
 *
 * Steps of a stack: `f` stands in the line behind its declaration, `f:12` in line 12, `f~g` is one pc with g
 * inlined into f, `?app+0x1f` has no symbol. With names that have a `>` in them the steps are parted by `;`.
 * Functions that no line declares get module "app", file NAME.c, line 1. A free is temporary by the rule: the
 * thread that frees did nothing since it allocated the block. */
#ifndef TESTS_TRACEGEN_H
#define TESTS_TRACEGEN_H

/* Writes the trace to path, which may exist. */
void tracegen_write(const char *path, const char *text);

/* The same in a temporary file; the caller unlinks and frees the name. */
char *tracegen(const char *text);

#endif
