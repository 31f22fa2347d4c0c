/* What is said of programs before they run. The fixtures are real programs; what can't be built (another
 * architecture, damage, set-uid) is made of copies in a directory of the test's own. */
#include "test.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "record/inspect.h"

static char directory[] = FIXTURES "/inspect.XXXXXX";

static const char *here(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static bool have(const char *fixture)
{
	return access(fixture, X_OK) == 0;
}

static void write_file(const char *name, const void *bytes, size_t n, mode_t mode)
{
	int fd = open(here(name), O_WRONLY | O_CREAT | O_TRUNC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void write_script(const char *name, const char *text)
{
	write_file(name, text, strlen(text), 0755);
}

/* A fixture's bytes, with one of them changed (at: beyond the end for none), cut to length. */
static void write_copy(const char *fixture, const char *name, size_t length, size_t at, u8 byte, mode_t mode)
{
	FILE *file = fopen(fixture, "r");
	u8 *bytes = malloc(4 << 20);
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, 4 << 20, file);
	assert_true(n < 4 << 20);
	fclose(file);
	if (at < n)
		bytes[at] = byte;
	write_file(name, bytes, length < n ? length : n, mode);
	free(bytes);
}

static void check(const char *name, enum inspect_verdict verdict, const char *reason, const char *path)
{
	bool unusable = verdict == INSPECT_MISSING || verdict == INSPECT_NOT_EXECUTABLE;
	struct inspect found;
	int result = inspect_program(name, &found);

	if (found.verdict != verdict)
		fail_msg("%s: %d (%s), not %d", name, found.verdict, found.reason, verdict);
	assert_int_equal(result, unusable ? -1 : 0);
	if (strstr(found.reason, reason) == NULL || (verdict == INSPECT_OK) != (found.reason[0] == '\0'))
		fail_msg("%s: %s", name, found.reason);
	if (path != NULL)
		assert_string_equal(found.path, path);
	assert_null(strchr(found.reason, '\n'));
}

static const char ordinary[] = FIXTURES "/chains";

static void test_ordinary(void **state)
{
	(void)state;
	check(ordinary, INSPECT_OK, "", ordinary);
	check(FIXTURES "/chains.nopie", INSPECT_OK, "", NULL);
	check(FIXTURES "/chains.stripped", INSPECT_OK, "", NULL);
	check("/bin/sh", INSPECT_OK, "", "/bin/sh");
}

static void test_loader(void **state)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";

	(void)state;
	if (!have(loader))
		skip();
	check(loader, INSPECT_OK, "", loader);
}

static void test_static(void **state)
{
	static const char reason[] = "statically linked: the preload library can't be loaded";

	(void)state;
	if (!have(FIXTURES "/static"))
		skip();
	check(FIXTURES "/static", INSPECT_STATIC, reason, NULL);
	if (have(FIXTURES "/static.pie"))
		check(FIXTURES "/static.pie", INSPECT_STATIC, reason, NULL);
}

static void test_sanitizers(void **state)
{
	static const struct {
		const char *fixture;
		enum inspect_verdict verdict;
		const char *reason;
	} cases[] = {
		{FIXTURES "/san.address", INSPECT_SANITIZER, "built with AddressSanitizer"},
		{FIXTURES "/san.address.clang", INSPECT_SANITIZER, "built with AddressSanitizer"},
		{FIXTURES "/san.thread", INSPECT_SANITIZER, "built with ThreadSanitizer"},
		{FIXTURES "/san.thread.clang", INSPECT_SANITIZER, "built with ThreadSanitizer"},
		{FIXTURES "/san.leak", INSPECT_SANITIZER, "built with LeakSanitizer"},
		{FIXTURES "/san.leak.clang", INSPECT_SANITIZER, "built with LeakSanitizer"},
		{FIXTURES "/san.undefined", INSPECT_OK, ""},
		{FIXTURES "/san.undefined.clang", INSPECT_OK, ""},
	};
	u32 n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (!have(cases[i].fixture))
			continue;
		check(cases[i].fixture, cases[i].verdict, cases[i].reason, NULL);
		n++;
	}
	if (n == 0)
		skip();
}

static void test_own_allocator(void **state)
{
	(void)state;
	check(FIXTURES "/own_malloc", INSPECT_OWN_ALLOCATOR, "its own malloc", NULL);
	check(FIXTURES "/own_malloc.exported", INSPECT_OWN_ALLOCATOR, "its own malloc", NULL);
}

static void test_foreign(void **state)
{
	(void)state;
	write_copy(ordinary, "machine", SIZE_MAX, offsetof(Elf64_Ehdr, e_machine), EM_SPARC, 0755);
	check(here("machine"), INSPECT_FOREIGN, "another architecture", NULL);
	write_copy(ordinary, "class", SIZE_MAX, EI_CLASS, ELFCLASS32, 0755);
	check(here("class"), INSPECT_FOREIGN, "a 32-bit program", NULL);
	write_copy(ordinary, "order", SIZE_MAX, EI_DATA, ELFDATA2MSB, 0755);
	check(here("order"), INSPECT_FOREIGN, "another architecture", NULL);
}

/* Replaces the loader's name in a copy of a program; names of up to 27 bytes fit. */
static void write_with_loader(const char *name, const char *loader)
{
	static const char own[] = "/lib64/ld-linux-x86-64.so.2";
	FILE *file = fopen(ordinary, "r");
	u8 *bytes = malloc(4 << 20), *at;
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, 4 << 20, file);
	fclose(file);
	at = memmem(bytes, n, own, sizeof(own));
	assert_non_null(at);
	memset(at, 0, sizeof(own));
	memcpy(at, loader, strlen(loader));
	write_file(name, bytes, n, 0755);
	free(bytes);
}

static void test_loaders(void **state)
{
	(void)state;
	if (!have("/lib64/ld-linux-x86-64.so.2"))
		skip();
	write_with_loader("musl", "/bin/sh");
	check(here("musl"), INSPECT_FOREIGN, "another C library (loader /bin/sh)", NULL);
	write_with_loader("lost", "/no/such/loader");
	check(here("lost"), INSPECT_MISSING, "its loader /no/such/loader is not found", "");
}

static void test_damaged(void **state)
{
	struct inspect found;
	FILE *file = fopen(ordinary, "r");
	u8 *bytes = malloc(4 << 20), *copy = malloc(4 << 20);
	size_t n = fread(bytes, 1, 4 << 20, file);
	u32 random = 99;

	(void)state;
	fclose(file);
	write_file("noise", "\0\1\2\3\4\5", 6, 0755);
	check(here("noise"), INSPECT_NOT_ELF, "neither a program nor a script", NULL);
	write_copy(ordinary, "headless", 40, SIZE_MAX, 0, 0755);
	check(here("headless"), INSPECT_NOT_ELF, "neither a program nor a script", NULL);
	write_copy(ordinary, "cut", sizeof(Elf64_Ehdr) + 8, SIZE_MAX, 0, 0755);
	check(here("cut"), INSPECT_NOT_ELF, "a damaged program file", NULL);
	write_copy(ordinary, "object", SIZE_MAX, offsetof(Elf64_Ehdr, e_type), ET_REL, 0755);
	check(here("object"), INSPECT_NOT_ELF, "not a program", NULL);
	for (size_t i = 0; i < 300; i++) {
		memcpy(copy, bytes, n);
		for (size_t k = 0; k < 20; k++) {
			random = random * 1103515245 + 12345;
			copy[(random >> 8) % (k % 2 ? n : 1024)] = (u8)(random >> 24);
		}
		write_file("damaged", copy, i % 3 ? n : (random >> 8) % n, 0755);
		inspect_program(here("damaged"), &found);
		inspect_file(here("damaged"), &found);
	}
	free(copy);
	free(bytes);
}

static bool rights_can_change(void)
{
	struct statvfs mount;

	return statvfs(directory, &mount) == 0 && !(mount.f_flag & ST_NOSUID) &&
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static void test_set_uid(void **state)
{
	(void)state;
	if (getuid() != 0 || !rights_can_change())
		skip();
	write_copy(ordinary, "uid", SIZE_MAX, SIZE_MAX, 0, 0755);
	assert_int_equal(chown(here("uid"), 65534, 0), 0);
	check(here("uid"), INSPECT_OK, "", NULL);
	assert_int_equal(chmod(here("uid"), 04755), 0);
	check(here("uid"), INSPECT_SETUID, "set-uid: the loader ignores the preload library", NULL);
	assert_int_equal(chown(here("uid"), 0, 65534), 0);
	assert_int_equal(chmod(here("uid"), 02755), 0);
	check(here("uid"), INSPECT_SETUID, "set-gid: the loader ignores the preload library", NULL);
	/* Without the group's x it asks for something else. */
	assert_int_equal(chmod(here("uid"), 02745), 0);
	check(here("uid"), INSPECT_OK, "", NULL);
}

/* One's own set-uid program gives no other rights. */
static void test_own_set_uid(void **state)
{
	(void)state;
	write_copy(ordinary, "own", SIZE_MAX, SIZE_MAX, 0, 0755);
	assert_int_equal(chown(here("own"), getuid(), getgid()), 0);
	assert_int_equal(chmod(here("own"), 06755), 0);
	check(here("own"), INSPECT_OK, "", NULL);
}

static void test_scripts(void **state)
{
	char path[PATH_MAX], text[2 * PATH_MAX];

	(void)state;
	write_script("sh", "#!/bin/sh\nexit 0\n");
	check(here("sh"), INSPECT_OK, "", "/bin/sh");
	write_script("spaces", "#! \t /bin/sh -e \nexit 0\n");
	check(here("spaces"), INSPECT_OK, "", "/bin/sh");
	write_script("plain", "exit 0\n");
	check(here("plain"), INSPECT_OK, "", "/bin/sh");
	write_script("empty", "");
	check(here("empty"), INSPECT_OK, "", "/bin/sh");
	write_script("nobody", "#!\n");
	check(here("nobody"), INSPECT_OK, "", "/bin/sh");
	write_script("lost", "#!/no/such/interpreter -x\n");
	check(here("lost"), INSPECT_MISSING, "its interpreter /no/such/interpreter is not found", "");
	snprintf(text, sizeof(text), "#!%s/own_malloc\n", FIXTURES);
	write_script("verdict", text);
	check(here("verdict"), INSPECT_OWN_ALLOCATOR, "its own malloc", FIXTURES "/own_malloc");

	snprintf(path, sizeof(path), "%s", here("self"));
	snprintf(text, sizeof(text), "#!%s\n", path);
	write_script("self", text);
	check(path, INSPECT_NOT_EXECUTABLE, "too many levels", "");
}

static void test_env(void **state)
{
	(void)state;
	setenv("PATH", FIXTURES ":/usr/bin:/bin", 1);
	write_script("env", "#!/usr/bin/env own_malloc\n");
	check(here("env"), INSPECT_OWN_ALLOCATOR, "its own malloc", FIXTURES "/own_malloc");
	write_script("env", "#!/usr/bin/env -S A=1 own_malloc -x\n");
	check(here("env"), INSPECT_OWN_ALLOCATOR, "its own malloc", FIXTURES "/own_malloc");
	write_script("env", "#!/usr/bin/env -Sown_malloc -x\n");
	check(here("env"), INSPECT_OWN_ALLOCATOR, "its own malloc", FIXTURES "/own_malloc");
	write_script("env", "#!/usr/bin/env no-such-command\n");
	check(here("env"), INSPECT_MISSING, "its interpreter no-such-command is not found", "");
	if (have("/usr/bin/env")) {
		write_script("env", "#!/usr/bin/env --unheard-of\n");
		check(here("env"), INSPECT_OK, "", "/usr/bin/env");
	}
}

static void test_search(void **state)
{
	char path[3 * PATH_MAX];

	(void)state;
	write_script("found", "#!/bin/sh\n");
	write_file("forbidden", "#!/bin/sh\n", 10, 0600);
	snprintf(path, sizeof(path), "/no/such/directory:/bin/sh:%s:%s", directory, FIXTURES);
	setenv("PATH", path, 1);
	check("found", INSPECT_OK, "", "/bin/sh");
	check("own_malloc", INSPECT_OWN_ALLOCATOR, "", FIXTURES "/own_malloc");
	check("forbidden", INSPECT_NOT_EXECUTABLE, "Permission denied", "");
	check("no-such-command", INSPECT_MISSING, "no program of this name is in PATH", "");
	check("", INSPECT_MISSING, "No such file or directory", "");
	check("./no-such-command", INSPECT_MISSING, "No such file or directory", "");
	check("/bin/sh/below", INSPECT_MISSING, "Not a directory", "");
	check(here("forbidden"), INSPECT_NOT_EXECUTABLE, "Permission denied", "");
	check(directory, INSPECT_NOT_EXECUTABLE, "Permission denied", "");
	check("/dev/null", INSPECT_NOT_EXECUTABLE, "Permission denied", "");

	/* An empty part is the working directory; no PATH is the standard one. */
	assert_int_equal(chdir(FIXTURES), 0);
	setenv("PATH", "/no/such/directory:", 1);
	check("own_malloc", INSPECT_OWN_ALLOCATOR, "", "own_malloc");
	unsetenv("PATH");
	check("own_malloc", INSPECT_MISSING, "no program of this name is in PATH", "");
	check("sh", INSPECT_OK, "", "/bin/sh");
}

static void test_known_file(void **state)
{
	struct inspect found;

	(void)state;
	assert_int_equal(inspect_file("/proc/self/exe", &found), 0);
	assert_true(found.verdict == INSPECT_OK || found.verdict == INSPECT_SANITIZER);
	assert_int_equal(inspect_file(FIXTURES "/own_malloc", &found), 0);
	assert_int_equal(found.verdict, INSPECT_OWN_ALLOCATOR);
	assert_int_equal(inspect_file(here("gone"), &found), -1);
	assert_int_equal(found.verdict, INSPECT_MISSING);
}

static int make_directory(void **state)
{
	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary),      cmocka_unit_test(test_loader),
		cmocka_unit_test(test_static),        cmocka_unit_test(test_sanitizers),
		cmocka_unit_test(test_own_allocator), cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_loaders),       cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_set_uid),       cmocka_unit_test(test_own_set_uid),
		cmocka_unit_test(test_scripts),       cmocka_unit_test(test_env),
		cmocka_unit_test(test_search),        cmocka_unit_test(test_known_file),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
