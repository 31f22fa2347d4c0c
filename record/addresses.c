/* From a process's code addresses to pcs of the trace, by the modules that it has mapped at the moment. The
 * library tells of modules when they come and go; code may run before that (a plugin's constructors), or come
 * past the hooks (what libc loads for itself): such addresses wait, and are found later or through
 * /proc/PID/maps. */
#include "record/account.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/elf_image.h"

enum { SETTLED_MAX = 64 << 10 }; /* that are kept for generated code; then the older ones are forgotten */

static void find_lost(struct accounts *a, struct process *p, const struct mapped_module *m)
{
	size_t keep = 0;
	for (size_t i = 0; i < p->lost_pcs.n; i++) {
		struct lost_pc *lost = &p->lost_pcs.at[i];
		if (lost->address >= m->start && lost->address < m->end)
			stacks_pc_found(a->stacks, lost->pc, m->module, lost->address - m->bias);
		else
			p->lost_pcs.at[keep++] = *lost;
	}
	p->lost_pcs.n = keep;
}

/* Index of the first module that ends after address. */
static size_t module_after(const struct process *p, u64 address)
{
	size_t low = 0, high = p->modules.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->modules.at[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void process_module(struct accounts *a, struct process *p, const struct mapped_module *module)
{
	/* What overlaps has gone unseen, or was guessed from the maps. */
	size_t at = module_after(p, module->start), drop = at;
	while (drop < p->modules.n && p->modules.at[drop].start < module->end)
		drop++;
	if (drop == at)
		array_reserve(&p->modules, p->modules.n + 1);
	memmove(p->modules.at + at + 1, p->modules.at + drop, (p->modules.n - drop) * sizeof(*p->modules.at));
	p->modules.n = p->modules.n + 1 - (drop - at);
	p->modules.at[at] = *module;
	find_lost(a, p, module);
}

/* The same addresses may soon be another module's. */
static void settle_lost(struct process *p)
{
	if (p->settled_pcs.n > SETTLED_MAX)
		p->settled_pcs.n = 0;
	for (size_t i = 0; i < p->lost_pcs.n; i++)
		array_push(&p->settled_pcs, p->lost_pcs.at[i]);
	p->lost_pcs.n = 0;
}

void process_module_gone(struct process *p, u64 start)
{
	size_t at = module_after(p, start);
	if (at < p->modules.n && p->modules.at[at].start == start) {
		memmove(p->modules.at + at, p->modules.at + at + 1,
			(p->modules.n - at - 1) * sizeof(*p->modules.at));
		p->modules.n--;
		settle_lost(p);
		idmap_fini(&p->lost_ids);
		idmap_init(&p->lost_ids);
	}
}

void process_has_interpreter(struct accounts *a, const struct process *p, u64 address)
{
	size_t at = module_after(p, address);
	if (at < p->modules.n && p->modules.at[at].start <= address)
		stacks_interpreter(a->stacks, p->modules.at[at].module);
}

u32 process_pc(struct accounts *a, struct process *p, u64 address)
{
	size_t at = module_after(p, address - 1);
	if (at < p->modules.n && p->modules.at[at].start < address) {
		const struct mapped_module *m = &p->modules.at[at];
		return stacks_is_guest(a->stacks, m->module)
			       ? NO_ID
			       : stacks_pc(a->stacks, m->module, address - m->bias);
	}
	bool found;
	u32 *pc = idmap_put(&p->lost_ids, address, &found);
	if (!found) {
		*pc = stacks_unknown_pc(a->stacks, address);
		array_push(&p->lost_pcs, (struct lost_pc){address, *pc});
		p->lost_since_maps = p->lost_since_jit = true;
	}
	return *pc;
}

/* What is to be added to the file's addresses when its byte `offset` is mapped at `start`. */
static bool load_bias(const char *path, u64 start, u64 offset, u64 *bias)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	bool found = false;
	struct elf_image image;
	if (elf_header(&image, fd) == sizeof(image.header) &&
	    memcmp(image.header.e_ident, ELFMAG, SELFMAG) == 0 &&
	    image.header.e_ident[EI_CLASS] == ELFCLASS64 && elf_image_read(&image)) {
		for (size_t i = 0; i < image.n_segments && !found; i++) {
			const Elf64_Phdr *p = &image.segments[i];
			if (p->p_type == PT_LOAD && (p->p_offset & ~4095ull) == offset) {
				*bias = start - (p->p_vaddr & ~4095ull);
				found = true;
			}
		}
	}
	elf_image_free(&image);
	close(fd);
	return found;
}

void process_read_maps(struct accounts *a, struct process *p)
{
	char name[64];
	if (!p->lost_since_maps)
		return;
	p->lost_since_maps = false;
	snprintf(name, sizeof(name), "/proc/%u/maps", p->entry.pid);
	FILE *f = fopen(name, "re");
	if (!f)
		return;
	char line[PATH_MAX + 128];
	while (p->lost_pcs.n && fgets(line, sizeof(line), f)) {
		unsigned long long start, end, offset;
		char executable;
		int path_at = 0;
		if (sscanf(line, "%llx-%llx %*c%*c%c%*c %llx %*s %*s %n", &start, &end, &executable, &offset,
			   &path_at) < 4 ||
		    executable != 'x' || !path_at || line[path_at] != '/')
			continue;
		char *path = line + path_at;
		path[strcspn(path, "\n")] = 0;
		size_t at = module_after(p, start);
		if (at < p->modules.n && p->modules.at[at].start < end)
			continue;
		u64 bias;
		if (!load_bias(path, start, offset, &bias))
			continue;
		process_module(a, p,
			       &(struct mapped_module){
				       .start = start,
				       .end = end,
				       .bias = bias,
				       .module = stacks_module(a->stacks, path, strlen(path), path,
							       (const u8 *)"", 0),
			       });
	}
	fclose(f);
}
