/* zstd frames that store their content as it is. In a trace made of them every byte stands where it can be
 * changed without moving another one, and a changed content gets a right checksum again: so that a fuzzer
 * reaches the parsers behind it. */
#ifndef TESTS_STORED_H
#define TESTS_STORED_H

#include <stddef.h>

#include "common/types.h"
#include "common/zframe.h"

/* Linked with --wrap=ZSTD_compress2,--wrap=zpack_cut_frame the writer's frames are stored ones, cut or not.
 */
size_t __wrap_ZSTD_compress2(void *context, void *to, size_t room, const void *from, size_t n);
size_t __wrap_zpack_cut_frame(struct zpack *z, const void *raw, size_t n, const size_t *cuts, u32 n_cuts,
			      struct bytes *out);

/* Gives the stored frames in data[0..n) the checksums of what they hold now, up to the first thing that is
 * none. */
void stored_fix(u8 *data, size_t n);

#endif
