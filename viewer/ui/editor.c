/* See editor.h. */
#include "viewer/ui/editor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Editors that take FILE:LINE; others, vi and nano and emacs and most, take +LINE FILE. */
static const struct {
	const char *name, *option; /* option: before the file, NULL: none */
} colon_editors[] = {
	{"code", "--goto"},   {"code-insiders", "--goto"},
	{"codium", "--goto"}, {"hx", NULL},
	{"helix", NULL},      {"subl", NULL},
	{"zed", NULL},
};

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value && value[strspn(value, " ")] ? value : NULL;
}

const char *editor_command(void)
{
	const char *command = setting("VISUAL");

	if (!command)
		command = setting("EDITOR");
	return command ? command : "vi";
}

/* The row of colon_editors, -1: none. */
static int colon_editor(const char *command)
{
	size_t n = strcspn(command, " ");
	const char *slash = memrchr(command, '/', n);
	const char *name = slash ? slash + 1 : command;

	n -= (size_t)(name - command);
	for (size_t i = 0; i < ARRAY_LEN(colon_editors); i++) {
		if (strlen(colon_editors[i].name) == n && strncmp(colon_editors[i].name, name, n) == 0)
			return (int)i;
	}
	return -1;
}

void editor_make(struct editor *editor, const char *command, const char *path, u32 line)
{
	char **argv = editor->argv;
	int n = 0;

	*editor = (struct editor){{0}};
	command += strspn(command, " ");
	size_t words = 1;
	for (const char *c = command; *c; c++)
		words += *c == ' ';
	if (strpbrk(command, "\"'\\$`~*?[](){}|&;<>#!\t\n") || words > EDITOR_WORDS - 3) {
		argv[n++] = xstrdup("sh");
		argv[n++] = xstrdup("-c");
		argv[n++] = xasprintf("%s \"$@\"", command);
		argv[n++] = xstrdup("sh");
	} else {
		for (const char *at = command; *at; at += strspn(at, " ")) {
			size_t len = strcspn(at, " ");
			argv[n++] = xstrndup(at, len);
			at += len;
		}
	}
	/* A name that begins as options do is none. */
	const char *here = *path == '-' || *path == '+' ? "./" : "";
	int colon = colon_editor(command);
	if (colon >= 0 && line > 0) {
		if (colon_editors[colon].option)
			argv[n++] = xstrdup(colon_editors[colon].option);
		argv[n] = xasprintf("%s%s:%" PRIu32, here, path, line);
	} else {
		if (line > 0)
			argv[n++] = xasprintf("+%" PRIu32, line);
		argv[n] = xasprintf("%s%s", here, path);
	}
}

void editor_free(struct editor *editor)
{
	for (int i = 0; editor->argv[i]; i++)
		free(editor->argv[i]);
	*editor = (struct editor){{0}};
}
