/* From a place in Python's byte code to a line of its source. Three kinds of tables: pairs of steps (until
 * 3.9), ranges with a line each (3.10), ranges with lines and columns (from 3.11 on). */
#include "record/python.h"

enum {
	NO_LINE_STEP = -128, /* 3.10 */
	UNIT = 2,            /* bytes of an instruction, in which 3.11 counts */
	KIND_LONG = 14,
	KIND_NO_COLUMNS = 13,
	KIND_ONE_LINE = 10, /* to 12: so many lines further on */
	KIND_NONE = 15,
	MORE = 0x40, /* of a varint's six bits at a time */
};

static u32 by_steps(const u8 *table, u32 len, i64 line, u64 place)
{
	u64 at = 0;
	for (u32 i = 0; i + 2 <= len; i += 2) {
		at += table[i];
		if (at > place)
			break;
		line += (int8_t)table[i + 1];
	}
	return line > 0 ? (u32)line : 0;
}

static u32 by_ranges(const u8 *table, u32 len, i64 line, u64 place)
{
	u64 end = 0;
	i64 last = 0;
	for (u32 i = 0; i + 2 <= len; i += 2) {
		int step = (int8_t)table[i + 1];
		end += table[i];
		if (step != NO_LINE_STEP)
			last = line += step;
		if (place < end)
			break;
	}
	return last > 0 ? (u32)last : 0;
}

/* Reads on where the entry ends: the first byte of the next one has its highest bit set. */
static u64 varint(const u8 *table, u32 len, u32 *at)
{
	u64 value = 0;
	for (u32 shift = 0; *at < len && shift < 60; shift += 6) {
		u8 byte = table[(*at)++];
		value |= (u64)(byte & (MORE - 1)) << shift;
		if (!(byte & MORE))
			break;
	}
	return value;
}

static u32 by_locations(const u8 *table, u32 len, i64 line, u64 place)
{
	u64 end = 0;
	i64 last = 0;
	for (u32 i = 0; i < len;) {
		u8 first = table[i++];
		u32 kind = first >> 3 & 15;
		if (kind == KIND_LONG || kind == KIND_NO_COLUMNS) {
			u64 step = varint(table, len, &i);
			line += step & 1 ? -(i64)(step >> 1) : (i64)(step >> 1);
		} else if (kind >= KIND_ONE_LINE && kind < KIND_NO_COLUMNS) {
			line += kind - KIND_ONE_LINE;
		}
		if (kind != KIND_NONE)
			last = line;
		end += ((first & 7) + 1) * UNIT;
		if (place < end)
			break;
		while (i < len && !(table[i] & 0x80))
			i++;
	}
	return last > 0 ? (u32)last : 0;
}

u32 python_line(u32 minor, const u8 *table, u32 len, u32 first_line, u64 place)
{
	return minor <= 9    ? by_steps(table, len, first_line, place)
	       : minor == 10 ? by_ranges(table, len, first_line, place)
			     : by_locations(table, len, first_line, place);
}
