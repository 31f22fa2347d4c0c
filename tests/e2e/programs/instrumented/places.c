/* Calls a function from more places than a recording keeps return addresses apart for, at distances that differ, three
 * times: says how often it was called. */
#include <stdio.h>

void all_places(void);
void leaf(void);

static long calls;

__attribute__((noinline)) void leaf(void)
{
	calls++;
}

__asm__(".text\n"
	".type all_places, @function\n"
	"all_places:\n"
	".cfi_startproc\n"
	"	sub $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.set place, 0\n"
	"	.rept 300000\n"
	"	call leaf\n"
	"	.fill (place * 7919 >> 3) & 7, 1, 0x90\n"
	"	.set place, place + 1\n"
	"	.endr\n"
	"	add $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	ret\n"
	".cfi_endproc\n"
	".size all_places, . - all_places\n");

int main(void)
{
	for (int i = 0; i < 3; i++)
		all_places();
	printf("%ld\n", calls);
	return 0;
}
