/* What happens at the birth of a thread and at its end. Where samples are taken it makes itself known, so
 * that one that never allocates is sampled, too; one of Python has the name that it calls it by. It begins
 * with what its maker wants to see of it, and says when it is about to end. */
#include "record/preload/python_calls.h"
#include "record/preload/stamps.h"

/* What a new thread is to do, until it has begun. Not on the stack of its maker, who goes on, nor from
 * malloc. */
struct birth {
	u32 taken;
	bool held;
	bool known; /* before it has anything to tell */
	void *(*start)(void *);
	void *argument;
	char name[PYTHON_THREAD_NAME];
};
static struct birth births[256];

static struct birth *take_birth(void)
{
	for (size_t i = 0; i < ARRAY_LEN(births); i++) {
		u32 expected = 0;
		if (__atomic_compare_exchange_n(&births[i].taken, &expected, 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return &births[i];
	}
	return NULL;
}

static void give_back(struct birth *birth)
{
	__atomic_store_n(&birth->taken, 0, __ATOMIC_RELEASE);
}

static void leave(void *unused)
{
	sampling_leave(unused);
	if (guest_self)
		guest_note(RING_NOTE_LEAVING, 0);
	stamps_leave();
}

static void *begin_thread(void *argument)
{
	struct birth birth = *(struct birth *)argument;
	give_back(argument);
	signals_inherit(birth.held);
	if (birth.known)
		guest_enter();
	if (birth.name[0])
		names_fix(birth.name);
	void *result;
	pthread_cleanup_push(leave, NULL);
	result = birth.start(birth.argument);
	pthread_cleanup_pop(1);
	return result;
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
			  void *argument)
{
	boot();
	lines_thread_starting();
	python_calls_thread_starting();
	char name[PYTHON_THREAD_NAME];
	python_thread_name(name);
	struct birth *birth = guest_recording ? take_birth() : NULL;
	if (!birth)
		return REAL(pthread_create)(thread, attributes, start, argument);
	birth->held = signals_held();
	birth->known = (sampling_signal && !sampling_stopped) || name[0];
	birth->start = start;
	birth->argument = argument;
	__builtin_memcpy(birth->name, name, sizeof(name));
	int error = REAL(pthread_create)(thread, attributes, begin_thread, birth);
	if (error)
		give_back(birth);
	return error;
}
