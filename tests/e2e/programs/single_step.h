/* Executing the preload library one instruction at a time: the CPU's trap flag, at each instruction of which
 * SIGTRAP comes, and where the library's code lies. */
#ifndef TESTS_E2E_PROGRAMS_SINGLE_STEP_H
#define TESTS_E2E_PROGRAMS_SINGLE_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TRAP_FLAG = 0x100 };

static uintptr_t library_start, library_end; /* 0: the program is not recorded */

static inline void set_trap(bool on)
{
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq $~0x100, (%%rsp)\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "leaq 128(%%rsp), %%rsp"
			 :
			 : "r"(on ? (uint64_t)TRAP_FLAG : 0)
			 : "cc", "memory");
}

static inline bool in_library(uintptr_t pc)
{
	return pc >= library_start && pc < library_end;
}

static inline void find_library(void)
{
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "/libmemtrace.so") && strstr(line, "r-xp"))
			sscanf(line, "%zx-%zx", &library_start, &library_end);
	if (maps)
		fclose(maps);
}

#endif
