/* Finding a module's separate debug file: by build-id, then by the name that the module has in
 * .gnu_debuglink.
 *
 * libdwfl has a search of its own, but it ends at debuginfod, and some versions of it load that library, with
 * curl and TLS and all that they need, before they look whether the user has configured any server. Loading
 * them costs more than the symbols of a small program. So that search is used where a server is configured,
 * and the one below, which finds the same files on this machine, everywhere else. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>

#include "record/symbolizer_parts.h"

#define DEBUG_DIRECTORY "/usr/lib/debug"

/* For libdwfl, by build-id: its default. */
#define DEBUG_PATH ":.debug:" DEBUG_DIRECTORY

/* The length of "/proc/PID/root", which the paths in a process with another root directory begin with. */
static size_t root_length(const char *path)
{
	static const char proc[] = "/proc/", root[] = "/root";
	size_t n = strlen(proc);

	if (strncmp(path, proc, n) != 0)
		return 0;
	n += strspn(path + n, "0123456789");
	if (strncmp(path + n, root, strlen(root)) != 0 || path[n + strlen(root)] != '/')
		return 0;
	return n + strlen(root);
}

char *symbol_debug_path(struct symbol_module *module)
{
	size_t root = root_length(module->path);
	char *path = root == 0 ? xstrdup(DEBUG_PATH)
			       : xasprintf("%s:%.*s%s", DEBUG_PATH, (int)root, module->path, DEBUG_DIRECTORY);
	char *kept = arena_strndup(&module->arena, path, strlen(path));

	free(path);
	return kept;
}

/* The checksum that a debug link has: CRC-32 as in zlib and Ethernet. */
static bool has_checksum(int fd, GElf_Word expected)
{
	u32 table[256], sum = UINT32_MAX;
	u8 bytes[16 << 10];
	ssize_t n;

	for (u32 i = 0; i < ARRAY_LEN(table); i++) {
		table[i] = i;
		for (u32 bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		return false;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++)
			sum = table[(sum ^ bytes[i]) & 0xff] ^ sum >> 8;
	return n == 0 && ~sum == expected;
}

/* What is looked for: the file with the module's build-id, or with the link's checksum where the module has
 * none. */
struct wanted {
	const char *name;
	dev_t device;
	ino_t inode; /* of the module itself, which may well have the name and stand in its directory */
	const void *build_id;
	ssize_t build_id_len;
	bool has_link;
	GElf_Word checksum; /* with a link */
};

static bool has_build_id(int fd, const struct wanted *wanted)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *bits;
	bool same = elf != NULL && dwelf_elf_gnu_build_id(elf, &bits) == wanted->build_id_len &&
		    memcmp(bits, wanted->build_id, wanted->build_id_len) == 0;

	elf_end(elf);
	return same;
}

static bool is_wanted(int fd, const struct wanted *wanted)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    (status.st_dev == wanted->device && status.st_ino == wanted->inode))
		return false;
	if (wanted->build_id_len > 0)
		return has_build_id(fd, wanted);
	return wanted->has_link && has_checksum(fd, wanted->checksum);
}

/* On success *found is the path, for libdwfl to free. */
static int open_wanted(const struct wanted *wanted, const char *tree, const char *directory, char **found)
{
	char *path = xasprintf("%s%s/%s", tree, directory, wanted->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && is_wanted(fd, wanted)) {
		*found = path;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return -1;
}

/* In a tree of debug files: by the module's whole directory, then by less and less of it from the left,
 * because /lib may be a link to /usr/lib, and the debug file be filed under either. */
static int open_in_tree(const struct wanted *wanted, const char *root, const char *directory, char **found)
{
	char *tree = xasprintf("%s%s", root, DEBUG_DIRECTORY);
	int fd = open_wanted(wanted, tree, directory, found);

	while (fd < 0 && *directory != '\0') {
		directory += 1 + strcspn(directory + 1, "/");
		fd = open_wanted(wanted, tree, directory, found);
	}
	free(tree);
	return fd;
}

/* Beside a module, and in the trees, by its path. */
static int open_for(const char *module_path, const struct wanted *wanted, char **found)
{
	const char *slash = strrchr(module_path, '/');
	size_t root_len = root_length(module_path);
	char *root, *directory;
	int fd;

	if (slash == NULL)
		return -1;
	root = xstrndup(module_path, root_len);
	directory = xstrndup(module_path, (size_t)(slash - module_path));
	fd = open_wanted(wanted, directory, "", found);
	if (fd < 0)
		fd = open_wanted(wanted, directory, "/.debug", found);
	if (fd < 0)
		fd = open_in_tree(wanted, root, directory + root_len, found);
	if (fd < 0 && root_len > 0)
		fd = open_in_tree(wanted, "", directory + root_len, found);
	free(directory);
	free(root);
	return fd;
}

/* By name. Without a link that is the module's own with .debug behind it. The module's path may be a link to
 * where it stands with its debug file. */
static int find_by_name(struct symbol_module *module, Elf *elf, const char *link, GElf_Word checksum,
			char **found)
{
	const char *slash = strrchr(module->path, '/');
	char *name = link != NULL ? xstrdup(link) : xasprintf("%s.debug", slash != NULL ? slash + 1 : "");
	struct wanted wanted = {.name = name, .has_link = link != NULL, .checksum = checksum};
	struct stat status;
	char *real;
	int fd;

	if (elf != NULL)
		wanted.build_id_len = dwelf_elf_gnu_build_id(elf, &wanted.build_id);
	if (stat(module->path, &status) == 0) {
		wanted.device = status.st_dev;
		wanted.inode = status.st_ino;
	}
	fd = open_for(module->path, &wanted, found);
	real = fd < 0 ? realpath(module->path, NULL) : NULL;
	if (real != NULL && strcmp(real, module->path) != 0)
		fd = open_for(real, &wanted, found);
	free(real);
	free(name);
	return fd;
}

int symbol_debug_find(Dwfl_Module *file, void **userdata, const char *name, Dwarf_Addr base,
		      const char *file_name, const char *link, GElf_Word checksum, char **found)
{
	const char *servers = getenv("DEBUGINFOD_URLS");
	GElf_Addr bias;
	int fd;

	if (servers != NULL && servers[0] != '\0')
		return dwfl_standard_find_debuginfo(file, userdata, name, base, file_name, link, checksum,
						    found);
	fd = dwfl_build_id_find_debuginfo(file, userdata, name, base, file_name, link, checksum, found);
	/* A link is a mere name. What has directories in it is the way to a file that debug files share,
	 * and libdw goes that by itself. */
	if (fd >= 0 || (link != NULL && strchr(link, '/') != NULL))
		return fd;
	return find_by_name(*userdata, dwfl_module_getelf(file, &bias), link, checksum, found);
}
