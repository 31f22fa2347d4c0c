/* Foreign text (symbols, paths, command lines, thread names) on its way to a terminal, a file or JSON. Everything that
 * comes from a trace or from the recorded program passes through here, once, at the output: C0, DEL, C1, bidi controls,
 * zero-width characters and invalid UTF-8 become \xNN or \u{N}. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdio.h>

#include "common/types.h"

/* Writes a harmless form of s[0..n) to out, at most size bytes with the NUL, never cutting a character in two; returns its
 * length. ascii: everything beyond ASCII is escaped as well. */
size_t text_safe(char *out, size_t size, const char *s, size_t n, bool ascii);

/* Decodes one UTF-8 character of s[0..n): its length in bytes (1 for an invalid byte, then *c is -1); n must be > 0. */
size_t text_decode(const char *s, size_t n, i32 *c);

/* The UTF-8 of a character, not terminated; its length. */
size_t text_encode(char out[4], i32 c);

/* The harmless form of s to a stream. */
void text_print(FILE *out, const char *s);

/* s as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD. */
void text_json(FILE *out, const char *s);

/* s as a CSV field, quoted where needed, harmless. */
void text_csv(FILE *out, const char *s);
/* The same of a line of source, which may be indented by tabs: they stay. */
void text_csv_source(FILE *out, const char *s);

/* Terminal columns of one character: 0 combining, 2 wide, else 1. Own small table for East Asian wide and combining ranges. */
int text_width(i32 c);

#endif
