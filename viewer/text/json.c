/* The JSON writer: one flag is all the state that commas need. */
#include "viewer/text/json.h"

#include <inttypes.h>

#include "common/text.h"

static void begin_value(struct json *j)
{
	if (j->comma)
		fputs(", ", j->file);
	j->comma = true;
}

void json_open(struct json *j, char bracket)
{
	begin_value(j);
	putc(bracket, j->file);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	putc(bracket, j->file);
	j->comma = true;
}

void json_key(struct json *j, const char *key)
{
	begin_value(j);
	fprintf(j->file, "\"%s\": ", key);
	j->comma = false;
}

void json_line(struct json *j)
{
	fputs(j->comma ? ",\n" : "\n", j->file);
	j->comma = false;
}

void json_u64(struct json *j, u64 value)
{
	begin_value(j);
	fprintf(j->file, "%" PRIu64, value);
}

void json_i64(struct json *j, i64 value)
{
	begin_value(j);
	fprintf(j->file, "%" PRId64, value);
}

void json_seconds(struct json *j, u64 ns)
{
	begin_value(j);
	fprintf(j->file, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

void json_share(struct json *j, u64 billionths)
{
	json_seconds(j, billionths);
}

void json_seconds_change(struct json *j, i64 ns)
{
	u64 size = ns < 0 ? -(u64)ns : (u64)ns;

	begin_value(j);
	fprintf(j->file, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "", size / 1000000000, size % 1000000000);
}

void json_string(struct json *j, const char *s)
{
	begin_value(j);
	text_json(j->file, s);
}

void json_bool(struct json *j, bool value)
{
	begin_value(j);
	fputs(value ? "true" : "false", j->file);
}

void json_null(struct json *j)
{
	begin_value(j);
	fputs("null", j->file);
}

void json_key_u64(struct json *j, const char *key, u64 value)
{
	json_key(j, key);
	json_u64(j, value);
}

void json_key_seconds(struct json *j, const char *key, u64 ns)
{
	json_key(j, key);
	json_seconds(j, ns);
}

void json_key_share(struct json *j, const char *key, u64 billionths)
{
	json_key(j, key);
	json_share(j, billionths);
}

void json_key_string(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_string(j, s);
}

void json_key_null(struct json *j, const char *key)
{
	json_key(j, key);
	json_null(j);
}
