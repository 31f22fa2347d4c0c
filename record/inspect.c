/* Finding the file that a command executes in the end, as execvp(), the kernel (#!) and env find it, and
 * whether it would run with other rights than ours. What the file itself is, record/inspect_elf.c says. */
#include "record/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "record/inspect_elf.h"

enum {
	HEAD_SIZE = 256, /* of a file: the kernel reads a #! line no further */
	SCRIPTS_MAX = 5, /* that interpret each other; the kernel follows no more */
	CAPS_VALID = 12, /* bytes of a security.capability value that we look at */
};

/* Nothing is executed. A reason that was given already is better than the error's. */
static int fail(struct inspect *out, int error)
{
	bool missing = error == ENOENT || error == ENOTDIR;

	if (out->verdict != INSPECT_MISSING)
		inspect_say(out, missing ? INSPECT_MISSING : INSPECT_NOT_EXECUTABLE, "%s",
			    error == ELOOP ? "too many levels of interpreters or links" : strerror(error));
	out->path[0] = '\0';
	errno = error;
	return -1;
}

/* 0, or why a file can't be executed. */
static int executable_error(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Writes the path of a command into out->path. 0, or why there is none. */
static int find_command(const char *name, struct inspect *out)
{
	static const char standard[] = "/bin:/usr/bin"; /* as execvp() has it */
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (name[0] == '\0')
		return ENOENT;
	if (strchr(name, '/') != NULL) {
		if (snprintf(out->path, sizeof(out->path), "%s", name) >= PATH_MAX)
			return ENAMETOOLONG;
		return executable_error(out->path);
	}
	for (path = path != NULL ? path : standard;; path++) {
		int n = (int)strcspn(path, ":"), found = ENAMETOOLONG;

		/* An empty part is the working directory. */
		if (snprintf(out->path, sizeof(out->path), "%.*s%s%s", n, path, n > 0 ? "/" : "", name) <
		    PATH_MAX)
			found = executable_error(out->path);
		if (found == 0)
			return 0;
		if (found == EACCES)
			error = EACCES;
		path += n;
		if (*path == '\0')
			return error;
	}
}

/* Takes the next word of a #! line, NUL-terminated, off it; NULL when there is none. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	size_t n = strcspn(word, " \t");

	if (n == 0)
		return NULL;
	*line = word + n + (word[n] != '\0');
	word[n] = '\0';
	return word;
}

/* The command that env would execute: after its options and settings of variables. NULL when this is not for
 * us to say. */
static char *env_command(char **line)
{
	char *word = next_word(line);

	/* The kernel gives all that follows as one argument: that is what -S is for. */
	while (word != NULL && (strncmp(word, "-S", 2) == 0 || strcmp(word, "-i") == 0 ||
				strcmp(word, "-") == 0 || strchr(word, '=') != NULL))
		word = strncmp(word, "-S", 2) == 0 && word[2] != '\0' ? word + 2 : next_word(line);
	return word != NULL && word[0] != '-' ? word : NULL;
}

static bool is_env(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash != NULL ? slash + 1 : path, "env") == 0;
}

/* What interprets a script, out of what follows its #!: writes it to out->path. 0, or why it can't be
 * executed. */
static int find_interpreter(char *line, struct inspect *out)
{
	char *interpreter = next_word(&line), *command = NULL;
	int error = ENOEXEC;

	/* execvp() hands to the shell what the kernel does not take. */
	if (interpreter == NULL)
		return find_command("/bin/sh", out);
	if (is_env(interpreter))
		command = env_command(&line);
	if (command != NULL) {
		error = find_command(command, out);
	} else if (snprintf(out->path, sizeof(out->path), "%s", interpreter) < PATH_MAX) {
		error = executable_error(out->path);
	}
	if (error == ENOENT)
		inspect_say(out, INSPECT_MISSING, "its interpreter %s is not found",
			    command != NULL ? command : interpreter);
	return error;
}

enum step { PROGRAM, INTERPRETED, UNUSABLE };

/* What comes after out->path, which begins so: nothing, it is a program; what interprets it, now in
 * out->path; or nothing can be done with it, for the reason *error. */
static enum step next_step(char *head, size_t n, struct inspect *out, int *error)
{
	if (n >= 4 && memcmp(head, "\177ELF", 4) == 0)
		return PROGRAM;
	if (n >= 2 && memcmp(head, "#!", 2) == 0) {
		head[strcspn(head, "\n")] = '\0';
		*error = find_interpreter(head + 2, out);
	} else if (memchr(head, '\0', n) == NULL) {
		*error = find_command("/bin/sh", out);
	} else {
		return PROGRAM; /* shells refuse what is no text */
	}
	return *error == 0 ? INTERPRETED : UNUSABLE;
}

static int open_regular(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(fd);
		errno = EACCES;
		return -1;
	}
	return fd;
}

/* Whether a file has rights that a process gets by executing it. Root has them all. */
static bool has_capabilities(int fd)
{
	u8 value[64];
	ssize_t n = fgetxattr(fd, "security.capability", value, sizeof(value));

	if (getuid() == 0 || n < CAPS_VALID)
		return false;
	/* struct vfs_cap_data: version and the effective bit, then permitted and inheritable, by words of 32
	 * bits. */
	for (ssize_t i = 4; i + 4 <= n; i += 8)
		if ((value[i] | value[i + 1] | value[i + 2] | value[i + 3]) != 0)
			return true;
	return value[0] & 1;
}

/* As the kernel decides on AT_SECURE: the process would get other rights than its real ones. */
static bool changes_rights(int fd, struct inspect *out)
{
	struct statvfs mount;
	struct stat status;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	bool ignored = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;

	if (fstat(fd, &status) != 0)
		return false;
	ignored = ignored || (fstatvfs(fd, &mount) == 0 && mount.f_flag & ST_NOSUID);
	if (!ignored && status.st_mode & S_ISUID)
		uid = status.st_uid;
	if (!ignored && (status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		gid = status.st_gid;
	if (uid != getuid())
		inspect_say(out, INSPECT_SETUID, "set-uid: the loader ignores the preload library");
	else if (gid != getgid())
		inspect_say(out, INSPECT_SETUID, "set-gid: the loader ignores the preload library");
	else if (!ignored && has_capabilities(fd))
		inspect_say(out, INSPECT_SETUID,
			    "it has file capabilities: the loader ignores the preload library");
	else
		return false;
	return true;
}

static void look(int fd, bool runs, struct inspect *out)
{
	inspect_elf(fd, runs, out);
	if (out->verdict == INSPECT_OK || out->verdict == INSPECT_OWN_ALLOCATOR)
		changes_rights(fd, out);
}

/* Takes one step from out->path towards the program; *error says why there is none after an unusable one. */
static enum step take_step(struct inspect *out, int *error)
{
	char head[HEAD_SIZE + 1];
	int fd = open_regular(out->path);
	enum step step;
	ssize_t n;

	/* What can't be read can be executed all the same: then nothing is known of it. */
	if (fd < 0)
		return PROGRAM;
	n = MAX(pread(fd, head, HEAD_SIZE, 0), 0);
	head[n] = '\0';
	step = next_step(head, n, out, error);
	if (step == PROGRAM)
		look(fd, false, out);
	close(fd);
	return step;
}

int inspect_program(const char *name, struct inspect *out)
{
	enum step step = INTERPRETED;
	int error;

	*out = (struct inspect){0};
	error = find_command(name, out);
	if (error == ENOENT && name[0] && !strchr(name, '/'))
		inspect_say(out, INSPECT_MISSING, "no program of this name is in PATH");
	if (error != 0)
		return fail(out, error);
	for (unsigned i = 0; i <= SCRIPTS_MAX && step == INTERPRETED; i++)
		step = take_step(out, &error);
	if (step == PROGRAM && out->verdict != INSPECT_MISSING)
		return 0;
	return fail(out, step == INTERPRETED ? ELOOP : step == PROGRAM ? ENOENT : error);
}

int inspect_file(const char *path, struct inspect *out)
{
	int fd;

	*out = (struct inspect){0};
	if (snprintf(out->path, sizeof(out->path), "%s", path) >= PATH_MAX)
		return fail(out, ENAMETOOLONG);
	fd = open_regular(path);
	if (fd < 0 && errno == EACCES)
		return 0;
	if (fd < 0)
		return fail(out, errno);
	look(fd, true, out);
	close(fd);
	return 0;
}
