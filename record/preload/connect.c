/* The process's connection to the recorder: the shared memory, mapped segment by segment, in which its
 * threads claim their slots. */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/sys.h"
#include "record/preload/stamps.h"

struct ring_header *guest_header;
u32 guest_process;
static u64 pid_space; /* see ring_slot */

static u32 never_wiped = 1;
volatile u32 *guest_alive = &never_wiped;

static void *segments[RING_SEGMENTS];
static u32 n_segments;
static u32 segments_lock;
static bool unmappable; /* there is a segment that we could not map */

/* What the recorder said of the process of that pid, where we had to ask. */
static struct ring_answer answered;
static u32 answered_of;

static long ask(u32 segment)
{
	struct ring_answer answer;
	long fd = door_ask(segment, &answer);
	if (fd >= 0) {
		answered = answer;
		answered_of = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	}
	return fd;
}

/* A descriptor of a segment, by the number that it has in the recorder; NO_ID: the first's, from boot_ring.
 */
static long open_segment(u32 number)
{
	/* boot_ring reads RING_ENV=/proc/PID/fd/N@NAME */
	char path[64], digits[12];
	size_t n = 0, slash = 0, d = 0;
	for (const char *s = boot_ring + sizeof(RING_ENV); *s && *s != '@' && n < sizeof(path) - 12; s++) {
		path[n++] = *s;
		if (*s == '/')
			slash = n;
	}
	if (number != NO_ID) {
		for (n = slash; d == 0 || number; number /= 10)
			digits[d++] = (char)('0' + number % 10);
		while (d)
			path[n++] = digits[--d];
	}
	path[n] = 0;
	return sys_call3(SYS_open, path, O_RDWR | O_CLOEXEC, 0);
}

static void *map_opened(long fd)
{
	struct stat file;
	void *segment = NULL;
	if (fd < 0)
		return NULL;
	/* In another /proc the path may be somebody else's file. */
	if (sys_call3(SYS_fstat, fd, &file, 0) == 0 && (u64)file.st_size == RING_SEGMENT_BYTES)
		segment = sys_mmap(RING_SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
				   (int)fd);
	sys_call3(SYS_close, fd, 0, 0);
	if (segment)
		sys_call3(SYS_madvise, segment, RING_SEGMENT_BYTES, MADV_DONTDUMP);
	return segment;
}

static void *map_segment(u32 segment, u32 number)
{
	void *mapped = map_opened(open_segment(number));
	return mapped ? mapped : map_opened(ask(segment));
}

/* The next number of a text of n bytes (negative: none) from *at on, which moves behind it; 0: there is none.
 */
static u64 next_number(const char *text, long n, long *at)
{
	u64 number = 0;
	while (*at < n && (text[*at] < '0' || text[*at] > '9'))
		++*at;
	for (; *at < n && text[*at] >= '0' && text[*at] <= '9'; ++*at)
		number = number * 10 + (u64)(text[*at] - '0');
	return number;
}

/* The inode of our namespace of pids, as "pid:[4026531836]"; where there is no /proc, what it was. */
static void find_pid_space(void)
{
	char text[32];
	long n = sys_call3(SYS_readlink, "/proc/self/ns/pid", text, sizeof(text)), at = 0;
	u64 space = next_number(text, n, &at);
	if (space && guest_header->pid_space)
		pid_space = space == guest_header->pid_space ? 0 : space;
}

bool guest_connect(void)
{
	struct ring_header *header = map_segment(0, NO_ID);
	if (!header)
		return false;
	if (header->magic != RING_MAGIC) {
		sys_call3(SYS_munmap, header, RING_SEGMENT_BYTES, 0);
		return false;
	}
	u32 *page = sys_mmap(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (page) {
		sys_call3(SYS_madvise, page, 4096, MADV_WIPEONFORK);
		*page = 1;
		guest_alive = page;
	}
	segments[0] = header;
	n_segments = 1;
	guest_header = header;
	find_pid_space();
	guest_process = __atomic_fetch_add(&header->next_process, 1, __ATOMIC_RELAXED);
	return true;
}

/* More slots: the recorder makes further segments when the ones there fill up. */
static bool map_more_segments(void)
{
	u32 wanted = __atomic_load_n(&guest_header->n_segments, __ATOMIC_ACQUIRE);
	if (n_segments >= wanted || wanted > RING_SEGMENTS)
		return false;
	if (__atomic_exchange_n(&segments_lock, 1, __ATOMIC_ACQUIRE))
		return false;
	bool more = false;
	while (n_segments < wanted) {
		void *segment = map_segment(n_segments, (u32)guest_header->segment_fd[n_segments]);
		__atomic_store_n(&unmappable, !segment, __ATOMIC_RELAXED);
		if (!segment)
			break;
		segments[n_segments] = segment;
		__atomic_store_n(&n_segments, n_segments + 1, __ATOMIC_RELEASE);
		more = true;
	}
	__atomic_store_n(&segments_lock, 0, __ATOMIC_RELEASE);
	if (more) /* those who found nothing while we were at it */
		sys_call3(SYS_futex, &guest_header->slots, FUTEX_WAKE, INT_MAX);
	return more;
}

void guest_each_slot(void (*visit)(struct ring_slot *))
{
	u32 n = __atomic_load_n(&n_segments, __ATOMIC_ACQUIRE), pid = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	for (u32 s = 0; s < n; s++) {
		for (u32 i = 0; i < RING_SLOTS; i++) {
			struct ring_slot *slot = ring_slot_at(segments[s], i);
			if (__atomic_load_n(ring_slot_state(segments[s], i), __ATOMIC_ACQUIRE) == RING_LIVE &&
			    slot->pid == pid && slot->process == guest_process)
				visit(slot);
		}
	}
}

struct ring_slot *guest_claim_slot(u32 tid)
{
	do {
		u32 n = __atomic_load_n(&n_segments, __ATOMIC_ACQUIRE);
		for (u32 s = n; s-- > 0;) { /* the newest has most that are free */
			for (u32 i = 0; i < RING_SLOTS; i++) {
				u32 index = (i + tid) % RING_SLOTS;
				u32 *state = ring_slot_state(segments[s], index), expected = RING_FREE;
				if (__atomic_load_n(state, __ATOMIC_RELAXED) == RING_FREE &&
				    __atomic_compare_exchange_n(state, &expected, RING_CLAIMED, false,
								__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
					struct ring_slot *slot = ring_slot_at(segments[s], index);
					slot->id = s * RING_SLOTS + index + 1;
					__atomic_store_n(&slot->leaving, 0, __ATOMIC_SEQ_CST);
					return slot;
				}
			}
		}
	} while (map_more_segments());
	return NULL;
}

bool guest_leaving(u32 id)
{
	struct ring_slot *slot = ring_slot_at(segments[(id - 1) / RING_SLOTS], (id - 1) % RING_SLOTS);
	return __atomic_load_n(&slot->leaving, __ATOMIC_SEQ_CST);
}

void guest_slot_live(const struct ring_slot *slot)
{
	u32 index = slot->id - 1;
	__atomic_store_n(ring_slot_state(segments[index / RING_SLOTS], index % RING_SLOTS), RING_LIVE,
			 __ATOMIC_RELEASE);
	__atomic_add_fetch(&guest_header->claims, 1, __ATOMIC_SEQ_CST);
}

bool guest_slots_to_map(void)
{
	u32 made = __atomic_load_n(&guest_header->n_segments, __ATOMIC_ACQUIRE);
	return !__atomic_load_n(&unmappable, __ATOMIC_RELAXED) &&
	       __atomic_load_n(&n_segments, __ATOMIC_ACQUIRE) < made;
}

bool guest_slots_may_come(void)
{
	u32 made = __atomic_load_n(&guest_header->n_segments, __ATOMIC_ACQUIRE);
	return guest_slots_to_map() ||
	       (made < RING_SEGMENTS && !__atomic_load_n(&unmappable, __ATOMIC_RELAXED));
}

/* The parent in "PID (NAME) STATE PPID ...", where the name may be anything; 0: not known. The recorder could
 * not find it out any more once we have ended. */
static u32 read_outer_parent(void)
{
	char text[128];
	long fd = sys_call3(SYS_open, "/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	long n = sys_call3(SYS_read, fd, text, sizeof(text)), at = n;
	sys_call3(SYS_close, fd, 0, 0);
	while (at > 0 && text[at - 1] != ')')
		at--;
	return (u32)next_number(text, n, &at);
}

/* Of the first thread, what the recorder says; it finds the others itself. */
static void ask_outer_numbers(struct ring_slot *slot)
{
	u32 pid = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	long fd = answered_of == pid ? -1 : ask(0);
	if (fd >= 0)
		sys_call3(SYS_close, fd, 0, 0);
	if (answered_of != pid)
		return;
	slot->outer_pid = answered.pid;
	slot->outer_tid = (u32)sys_call3(SYS_gettid, 0, 0, 0) == pid ? answered.pid : 0;
	slot->outer_ppid = answered.ppid;
}

/* As "PID/task/TID", in the namespace that /proc is of. */
void guest_outer_numbers(struct ring_slot *slot)
{
	struct stat proc;
	char text[64];
	if (sys_call3(SYS_stat, "/proc", &proc, 0) < 0 || proc.st_dev != guest_header->proc_device) {
		ask_outer_numbers(slot);
		return;
	}
	long n = sys_call3(SYS_readlink, "/proc/thread-self", text, sizeof(text)), at = 0;
	slot->outer_pid = (u32)next_number(text, n, &at);
	slot->outer_tid = (u32)next_number(text, n, &at);
	slot->outer_ppid = read_outer_parent();
}

void guest_number(struct ring_slot *slot, u32 tid)
{
	slot->pid = (u32)sys_call3(SYS_getpid, 0, 0, 0);
	slot->tid = tid;
	slot->ppid = (u32)sys_call3(SYS_getppid, 0, 0, 0);
	slot->pid_space = pid_space;
	slot->outer_pid = slot->outer_tid = slot->outer_ppid = 0;
	if (pid_space)
		guest_outer_numbers(slot);
}

void connect_forked(void)
{
	answered_of = 0;
	segments_lock = 0;
	stamps_forked();
	/* Only the first in another namespace have a parent that is not there. */
	if (sys_call3(SYS_getppid, 0, 0, 0) == 0)
		find_pid_space();
}

bool guest_orphaned(void)
{
	/* The kernel sets the bit in a robust mutex whose owner has died. */
	u32 word = (u32)__atomic_load_n(&guest_header->alive.__data.__lock, __ATOMIC_RELAXED);
	return (word & FUTEX_OWNER_DIED) || __atomic_load_n(&guest_header->finished, __ATOMIC_RELAXED);
}

bool guest_is_recorder(pid_t pid)
{
	return guest_header && !pid_space && (u32)pid == guest_header->recorder;
}

void guest_wake_recorder(void)
{
	__atomic_add_fetch(&guest_header->wake, 1, __ATOMIC_RELEASE);
	sys_call3(SYS_futex, &guest_header->wake, FUTEX_WAKE, 1);
}
