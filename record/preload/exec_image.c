/* Whether a program that is about to be executed can be given the library. One of another C library or
 * another machine, or with a sanitizer, would not even start with it; a static one never loads it, but hands
 * it on to those that it starts itself. The file is read by system calls alone, onto the stack: after vfork
 * there is nothing else. What can't be read is left to the kernel, and what can't be understood to the
 * loader. */
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "common/sys.h"
#include "record/preload/guest.h"

enum {
	SCRIPTS_MAX = 5, /* that run each other, as for the kernel */
	HEADERS_MAX = 32,
	DYNAMIC_MAX = 128,
	HEAD_BYTES = 256,
	PATH_BYTES = 4096,
};

struct file {
	int fd;
	ElfW(Phdr) headers[HEADERS_MAX];
	size_t n_headers;
};

static size_t read_at(int fd, void *to, size_t bytes, u64 at)
{
	long n = sys_call4(SYS_pread64, fd, to, bytes, at);
	return n > 0 ? (size_t)n : 0;
}

static const ElfW(Phdr) * find_header(const struct file *f, ElfW(Word) type)
{
	for (size_t i = 0; i < f->n_headers; i++)
		if (f->headers[i].p_type == type)
			return &f->headers[i];
	return NULL;
}

/* In the file. */
static u64 place_of(const struct file *f, u64 address)
{
	for (size_t i = 0; i < f->n_headers; i++) {
		const ElfW(Phdr) *h = &f->headers[i];
		if (h->p_type == PT_LOAD && address - h->p_vaddr < h->p_filesz)
			return address - h->p_vaddr + h->p_offset;
	}
	return 0;
}

/* A sanitizer's library wants to be the first. */
static bool needs_sanitizer(const struct file *f)
{
	static const char *const libraries[] = {"libasan.", "libhwasan.", "libtsan.",
						"libmsan.", "liblsan.",   "libclang_rt."};
	ElfW(Dyn) entries[DYNAMIC_MAX];
	const ElfW(Phdr) *dynamic = find_header(f, PT_DYNAMIC);
	size_t n = dynamic ? read_at(f->fd, entries, MIN(sizeof(entries), dynamic->p_filesz),
				     dynamic->p_offset) /
				     sizeof(*entries)
			   : 0;
	u64 strings = 0;
	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++)
		if (entries[i].d_tag == DT_STRTAB)
			strings = place_of(f, entries[i].d_un.d_ptr);
	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++) {
		char name[16] = "";
		if (entries[i].d_tag != DT_NEEDED || !strings)
			continue;
		read_at(f->fd, name, sizeof(name) - 1, strings + entries[i].d_un.d_val);
		for (size_t k = 0; k < ARRAY_LEN(libraries); k++)
			if (strncmp(name, libraries[k], strlen(libraries[k])) == 0)
				return true;
	}
	return false;
}

static bool elf_takes_us(int fd, const ElfW(Ehdr) * elf)
{
	static const char own[] = "/ld-linux-x86-64.so.2";
	struct file f = {.fd = fd};
	char end[sizeof(own)];
	if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64)
		return false;
	if (elf->e_phentsize != sizeof(*f.headers))
		return true;
	size_t bytes = MIN(elf->e_phnum, (size_t)HEADERS_MAX) * sizeof(*f.headers);
	f.n_headers = read_at(fd, f.headers, bytes, elf->e_phoff) / sizeof(*f.headers);
	const ElfW(Phdr) *interpreter = find_header(&f, PT_INTERP);
	if (!interpreter)
		return true;
	/* Its path ends so, and with the NUL. */
	u64 length = MIN(interpreter->p_filesz, sizeof(own));
	return read_at(fd, end, length, interpreter->p_offset + interpreter->p_filesz - length) ==
		       sizeof(own) &&
	       memcmp(end, own, sizeof(own)) == 0 && !needs_sanitizer(&f);
}

static int open_file(int directory, const char *path)
{
	return (int)sys_call4(SYS_openat, directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
}

/* The descriptor stays open. -1: there is none. */
static bool file_takes_us(int fd, int scripts)
{
	union {
		ElfW(Ehdr) elf;
		char text[HEAD_BYTES];
	} head;
	size_t n = fd < 0 ? 0 : read_at(fd, &head, sizeof(head) - 1, 0);
	if (n >= sizeof(head.elf) && memcmp(head.elf.e_ident, ELFMAG, SELFMAG) == 0)
		return elf_takes_us(fd, &head.elf);
	if (n < 3 || head.text[0] != '#' || head.text[1] != '!' || scripts == 0)
		return true;
	head.text[n] = 0;
	char *interpreter = head.text + 2 + strspn(head.text + 2, " \t");
	interpreter[strcspn(interpreter, " \t\n")] = 0;
	fd = open_file(AT_FDCWD, interpreter);
	bool takes = file_takes_us(fd, scripts - 1);
	if (fd >= 0)
		sys_call3(SYS_close, fd, 0, 0);
	return takes;
}

bool exec_image_takes_us(int directory, const char *path)
{
	if (!path || !*path)
		return file_takes_us(directory, SCRIPTS_MAX);
	int fd = open_file(directory, path);
	bool takes = file_takes_us(fd, SCRIPTS_MAX);
	if (fd >= 0)
		sys_call3(SYS_close, fd, 0, 0);
	return takes;
}

bool exec_found_takes_us(const char *file)
{
	char path[PATH_BYTES];
	const char *at = getenv("PATH");
	size_t length = file ? strlen(file) : 0;
	if (length == 0 || strchr(file, '/') || !at)
		return exec_image_takes_us(AT_FDCWD, file);
	for (;; at++) {
		size_t folder = strcspn(at, ":");
		if (folder + length + 2 <= sizeof(path)) {
			memcpy(path, at, folder);
			path[folder] = '/';
			memcpy(path + folder + (folder != 0), file, length + 1);
			if (sys_call3(SYS_access, path, 1 /* X_OK */, 0) == 0)
				return exec_image_takes_us(AT_FDCWD, path);
		}
		at += folder;
		if (!*at)
			return true;
	}
}
