/* Memory taken straight from the system, beside one allocation: mapped bytes are an account of their own.
 *
 * reserve() maps 8 MiB and 4 MiB and returns the 8; replace() maps 2 MiB then, and none of it is given back.
 * The most that is mapped at one moment is 8 + 4 MiB, and 14 MiB are mapped in all. The one malloc(1000) is
 * an allocation.
 *
 * expect summary: allocations=1 frees=0 allocated_bytes=1000 leaked_bytes=1000 leaked_blocks=1
 * expect summary: mapped_bytes=14680064 mapped_peak_bytes=12582912
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const size_t MIB = 1 << 20;
static char *volatile kept;

static char *map(size_t size)
{
	char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		abort();
	memset(area, 1, size);
	return area;
}

static void reserve(void)
{
	char *large = map(8 * MIB);

	kept = map(4 * MIB);
	if (munmap(large, 8 * MIB) != 0)
		abort();
}

static void replace(void)
{
	kept = map(2 * MIB);
}

int main(void)
{
	reserve();
	replace();
	kept = malloc(1000);
	return 0;
}
