/* Writes JSON as it comes, without keeping any of it. Numbers are plain; times are seconds, and
 * shares parts of 1, with nine decimals; strings go through text_json(). */
#ifndef VIEWER_TEXT_JSON_H
#define VIEWER_TEXT_JSON_H

#include <stdio.h>

#include "common/types.h"

struct json {
	FILE *file;
	bool comma; /* something stands before in the innermost list or object */
};

void json_open(struct json *j, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);
void json_line(struct json *j); /* the next value begins a line */

void json_u64(struct json *j, u64 value);
void json_i64(struct json *j, i64 value);
void json_seconds(struct json *j, u64 ns);
void json_share(struct json *j, u64 billionths);
void json_string(struct json *j, const char *s);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

void json_seconds_change(struct json *j, i64 ns);
void json_key_u64(struct json *j, const char *key, u64 value);
void json_key_seconds(struct json *j, const char *key, u64 ns);
void json_key_share(struct json *j, const char *key, u64 billionths);
void json_key_string(struct json *j, const char *key, const char *s);
void json_key_null(struct json *j, const char *key);

#endif
