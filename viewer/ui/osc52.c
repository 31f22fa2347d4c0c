/* See osc52.h. */
#include "viewer/ui/osc52.h"

#include <stdio.h>

#include "common/mem.h"

char *osc52(const char *text, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size = (n + 2) / 3 * 4, used = 0;
	char *coded = xmalloc(size + 16);

	used = (size_t)sprintf(coded, "\033]52;c;");
	for (size_t i = 0; i < n; i += 3) {
		u32 three = (u32)(u8)text[i] << 16;
		three |= i + 1 < n ? (u32)(u8)text[i + 1] << 8 : 0;
		three |= i + 2 < n ? (u32)(u8)text[i + 2] : 0;
		for (int k = 0; k < 4; k++)
			coded[used++] = i + (size_t)k > n ? '=' : digits[three >> (18 - 6 * k) & 63];
	}
	coded[used++] = '\a';
	coded[used] = '\0';
	return coded;
}
