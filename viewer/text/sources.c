/* Source files, cut into lines in place. */
#include "viewer/text/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "viewer/text/source_paths.h"

enum { FILE_MAX = 16 << 20 };

struct source {
	char *path;
	char *text; /* NULs in place of newlines; NULL: can't be read */
	enum source_state state;
	u64 written_ns;
	unsigned mapped;  /* by the paths of this version */
	ARRAY(u32) lines; /* where each begins */
};

struct sources {
	ARRAY(struct source) files;
	size_t last; /* most questions are about the same file as the one before */
};

static bool asked_all;

void sources_ask_all(bool on)
{
	asked_all = on;
}

bool sources_asked_all(void)
{
	return asked_all;
}

struct sources *sources_new(void)
{
	return xcalloc(1, sizeof(struct sources));
}

static void free_source(struct source *source)
{
	free(source->path);
	free(source->text);
	array_free(&source->lines);
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->files.n; i++)
		free_source(&s->files.at[i]);
	array_free(&s->files);
	free(s);
}

/* The bytes of a regular file, NUL-terminated, for source->text; NULL when it is none, too large or
 * unreadable. */
static char *read_file(struct source *source, const char *path, size_t *n)
{
	/* Neither a FIFO nor a device may make us wait, whatever the trace says. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;

	*n = 0;
	source->state = SOURCE_UNREADABLE;
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			source->state = SOURCE_MISSING;
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
		size_t size = (size_t)st.st_size;

		text = xmalloc(size + 1);
		while (*n < size) {
			ssize_t got = read(fd, text + *n, size - *n);

			if (got <= 0)
				break;
			*n += (size_t)got;
		}
		text[*n] = '\0';
		source->state = SOURCE_READ;
		source->written_ns = (u64)st.st_mtim.tv_sec * 1000 * 1000 * 1000 + (u64)st.st_mtim.tv_nsec;
	}
	close(fd);
	return text;
}

static void cut_lines(struct source *source, size_t n)
{
	size_t start = 0;

	while (start < n) {
		char *end = memchr(source->text + start, '\n', n - start);
		size_t length = end ? (size_t)(end - source->text) - start : n - start;

		array_push(&source->lines, (u32)start);
		if (end)
			*end = '\0';
		if (length > 0 && source->text[start + length - 1] == '\r')
			source->text[start + length - 1] = '\0';
		start += length + 1;
	}
}

/* The number of a file, files.n: it was not asked for, or the paths were others then. */
static size_t known_source(const struct sources *s, const char *path)
{
	size_t at = s->last;

	if (at >= s->files.n || strcmp(s->files.at[at].path, path) != 0)
		for (at = 0; at < s->files.n && strcmp(s->files.at[at].path, path) != 0;)
			at++;
	return at < s->files.n && s->files.at[at].mapped == source_paths_version() ? at : s->files.n;
}

static const struct source *find_source(struct sources *s, const char *path)
{
	struct source source = {.state = SOURCE_MISSING, .mapped = source_paths_version()};
	size_t n;

	s->last = known_source(s, path);
	if (s->last < s->files.n)
		return &s->files.at[s->last];
	for (size_t i = 0; i < s->files.n; i++) {
		if (strcmp(s->files.at[i].path, path) == 0) {
			free_source(&s->files.at[i]);
			s->files.at[i] = s->files.at[--s->files.n];
		}
	}
	s->last = s->files.n;
	source.path = xstrdup(path);
	if (*path) {
		char *place = source_paths_place(path);

		source.text = read_file(&source, place, &n);
		free(place);
	}
	if (source.text)
		cut_lines(&source, n);
	array_push(&s->files, source);
	return &s->files.at[s->last];
}

enum source_state sources_state(const struct sources *s, const char *path)
{
	size_t at = known_source(s, path);

	return at < s->files.n ? s->files.at[at].state : SOURCE_UNASKED;
}

u64 sources_written_ns(const struct sources *s, const char *path)
{
	size_t at = known_source(s, path);

	return at < s->files.n ? s->files.at[at].written_ns : 0;
}

const char *sources_changed(const struct sources *s, u64 since_ns)
{
	for (size_t i = 0; i < s->files.n; i++)
		if (s->files.at[i].state == SOURCE_READ && s->files.at[i].written_ns > since_ns)
			return s->files.at[i].path;
	return NULL;
}

const char *sources_line(struct sources *s, const char *path, u32 line)
{
	const struct source *source = find_source(s, path);

	return line > 0 && line <= source->lines.n ? source->text + source->lines.at[line - 1] : NULL;
}

u32 sources_n_lines(struct sources *s, const char *path)
{
	return (u32)find_source(s, path)->lines.n;
}

/* Where a scan of C-like text stands. */
struct braces {
	int depth;
	bool seen, comment;
};

/* Follows one line; true when the braces of the function have closed in it. */
static bool scan_braces(struct braces *b, const char *line)
{
	for (const char *at = line; *at; at++) {
		if (b->comment) {
			if (at[0] == '*' && at[1] == '/') {
				b->comment = false;
				at++;
			}
			continue;
		}
		if (at[0] == '/' && at[1] == '/')
			return false;
		if (at[0] == '/' && at[1] == '*') {
			b->comment = true;
			at++;
		} else if (*at == '"') {
			for (at++; *at && *at != '"'; at++)
				if (*at == '\\' && at[1])
					at++;
			if (!*at)
				return false;
		} else if (*at == '\'' && at[1] && (at[2] == '\'' || (at[1] == '\\' && at[2]))) {
			at += at[1] == '\\' ? 3 : 2;
			if (!*at || !at[-1])
				return false;
		} else if (*at == '{') {
			b->seen = true;
			b->depth++;
		} else if (*at == '}' && --b->depth <= 0 && b->seen) {
			return true;
		} else if (*at == ';' && !b->seen) {
			return true; /* a declaration without a body */
		}
	}
	return false;
}

/* The line of a function's def, behind its decorators. */
static u32 python_def(struct sources *s, const char *path, u32 line)
{
	u32 n = sources_n_lines(s, path);
	size_t indent = strspn(sources_line(s, path, line), " \t");

	if (sources_line(s, path, line)[indent] != '@')
		return line;
	for (u32 i = line + 1; i <= n; i++) {
		const char *text = sources_line(s, path, i);
		size_t own = strspn(text, " \t");

		if (own == indent &&
		    (strncmp(text + own, "def ", 4) == 0 || strncmp(text + own, "async ", 6) == 0))
			return i;
		if (own < indent && text[own])
			break;
	}
	return line;
}

static u32 python_end(struct sources *s, const char *path, u32 line)
{
	u32 n = sources_n_lines(s, path), end = python_def(s, path, line);
	size_t indent = strspn(sources_line(s, path, line), " \t");

	for (u32 i = end + 1; i <= n; i++) {
		const char *text = sources_line(s, path, i);
		size_t own = strspn(text, " \t");

		if (text[own] == '\0' || text[own] == '#' || text[own] == ')')
			continue;
		if (own <= indent)
			break;
		end = i;
	}
	return end;
}

u32 sources_function_end(struct sources *s, const char *path, u32 line, bool python)
{
	struct braces braces = {0};
	u32 n = sources_n_lines(s, path);

	if (line == 0 || line > n)
		return 0;
	if (python)
		return python_end(s, path, line);
	for (u32 i = line; i <= n; i++)
		if (scan_braces(&braces, sources_line(s, path, i)))
			return i;
	return 0;
}
