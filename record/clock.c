/* Stamps and time. The TSC of all cores runs at one constant rate where the CPU calls it invariant (CPUID
 * 0x80000007, EDX bit 8) and the kernel trusts it; elsewhere stamps are a shared counter, whose values get
 * the time at which the recorder saw them. */
#include "record/clock.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#include "common/sys.h"

enum {
	TSC_SHIFT = 4,
	FIRST_TIE_NS = 20000,
	TIE_NS = 1000 * 1000,
	LOOKS = 3,
	FLUSH_NS = 100 * 1000 * 1000,
};

static bool tsc_is_invariant(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8))
		return false;
	if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(d & 1u << 27)) /* rdtscp */
		return false;
	char source[32] = "";
	FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
	if (f) {
		if (!fgets(source, sizeof(source), f))
			source[0] = 0;
		fclose(f);
	}
	/* kvm-clock and hyperv are built on the TSC; a kernel that fell back to hpet or acpi_pm found it
	 * unsound. */
	return strncmp(source, "hpet", 4) != 0 && strncmp(source, "acpi_pm", 7) != 0;
}

u64 clock_stamp(const struct clock *clock)
{
	if (clock->header->flags & RING_COUNTER)
		return __atomic_load_n(&clock->header->counter, __ATOMIC_SEQ_CST);
	return __builtin_ia32_rdtsc() >> clock->header->stamp_shift;
}

/* Both clocks at one moment: whatever comes between the looks makes them differ, so the closest of a few. */
static void look(const struct clock *clock, u64 *stamp, u64 *ns)
{
	u64 closest = UINT64_MAX;
	for (int i = 0; i < LOOKS; i++) {
		u64 before = clock_stamp(clock), then = sys_clock_ns(CLOCK_MONOTONIC);
		u64 apart = clock_stamp(clock) - before;
		if (apart < closest) {
			closest = apart;
			*stamp = before + apart / 2;
			*ns = then;
		}
	}
}

/* Ties stamps to CLOCK_MONOTONIC once more. */
static void tie(struct clock *clock)
{
	u64 stamp, ns;
	look(clock, &stamp, &ns);
	if (stamp > clock->last_stamp && ns > clock->last_ns) {
		bool counter = clock->header->flags & RING_COUNTER;
		u64 from_stamp = counter ? clock->last_stamp : clock->first_stamp;
		u64 from_ns = counter ? clock->last_ns : clock->first_ns;
		clock->ns_per_stamp = (double)(ns - from_ns) / (double)(stamp - from_stamp);
		clock->scale = (u64)(clock->ns_per_stamp * 4294967296.0);
		clock->last_stamp = clock->from_stamp = stamp;
		clock->last_ns = ns;
		clock->from_ns = ns - clock->first_ns;
	}
}

void clock_start(struct clock *clock, struct ring_header *header)
{
	*clock = (struct clock){.header = header};
	if (tsc_is_invariant())
		header->stamp_shift = TSC_SHIFT;
	else
		header->flags |= RING_COUNTER;
	look(clock, &clock->first_stamp, &clock->first_ns);
	clock->from_stamp = clock->last_stamp = clock->first_stamp;
	clock->last_ns = clock->first_ns;
	/* A first idea of the rate, for what comes before the second tie. */
	while (sys_clock_ns(CLOCK_MONOTONIC) - clock->first_ns < FIRST_TIE_NS)
		;
	tie(clock);
	header->flush_ticks = (u64)((double)FLUSH_NS / clock->ns_per_stamp) << header->stamp_shift;
}

void clock_keep(struct clock *clock)
{
	u64 since = clock_stamp(clock) - clock->last_stamp;
	if (clock->header->flags & RING_COUNTER || since > clock->last_stamp - clock->first_stamp ||
	    (double)since * clock->ns_per_stamp > TIE_NS)
		tie(clock);
}

u64 clock_now_ns(const struct clock *clock)
{
	return sys_clock_ns(CLOCK_MONOTONIC) - clock->first_ns;
}
