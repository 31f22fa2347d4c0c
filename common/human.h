/* Numbers for people, in one place: the report, the viewer and the recorder's closing line print through
 * these. All write at most size bytes with the NUL, never overflow, and return buffer. */
#ifndef COMMON_HUMAN_H
#define COMMON_HUMAN_H

#include "common/types.h"

enum { HUMAN_LEN = 32 }; /* enough for every function here */

/* A figure that is not known, or so large that nobody does: "?". */
#define HUMAN_UNKNOWN UINT64_MAX

/* "0", "912", "48.2K", "1.31G": at most 5 characters; K = 1024. The viewer's columns. */
char *human_bytes_short(char buffer[HUMAN_LEN], u64 bytes);
/* "0 B", "912 B", "48.2 MiB", "1.31 GiB": three digits of precision. */
char *human_bytes(char buffer[HUMAN_LEN], u64 bytes);
/* "1 204 611" where the groups are parted by group (0: none). */
char *human_count(char buffer[HUMAN_LEN], u64 count, char group);
/* "812", "91.0k", "1.20M": at most 5 characters; k = 1000. */
char *human_count_short(char buffer[HUMAN_LEN], u64 count);
/* "950 ns", "12.5 µs", "4.24 s", "2m 05s"; ascii writes "us". */
char *human_duration(char buffer[HUMAN_LEN], u64 ns, bool ascii);
/* "83.2", "100.0", "<0.1", "-" for 0 of 0. */
char *human_percent(char buffer[HUMAN_LEN], u64 part, u64 whole);
/* Parses "200M", "1.5GiB", "4096", "10k" (units of 1024; with % no). -1 when it is not a size. */
int human_parse_bytes(const char *text, u64 *bytes);

#endif
