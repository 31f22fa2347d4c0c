/* A module to load and unload. Built twice with frames of different size (PLUGIN_FRAME), so that one at the
 * other's address shows any rule that outlived its module. Its call to plugin_inner() is bound at the first
 * call, by way of the loader's resolver and the indirect function's own. */
#include <stddef.h>

typedef void (*plugin_call)(void);
typedef void (*plugin_function)(plugin_call);

__attribute__((visibility("default"))) void plugin_prepare(plugin_call during_binding);
__attribute__((visibility("default"))) void plugin_run(plugin_call inner);
__attribute__((visibility("default"))) void plugin_inner(plugin_call inner);

static plugin_call when_binding;

void plugin_prepare(plugin_call during_binding)
{
	when_binding = during_binding;
}

static void plugin_inner_real(plugin_call inner)
{
	char place[PLUGIN_FRAME * 3];
	__asm__ volatile("" : : "r"(place) : "memory");
	inner();
	__asm__ volatile("" : : "r"(place) : "memory");
}

__attribute__((used)) static plugin_function resolve_inner(void)
{
	if (when_binding)
		when_binding();
	return plugin_inner_real;
}
void plugin_inner(plugin_call inner) __attribute__((ifunc("resolve_inner")));

void plugin_run(plugin_call inner)
{
	char place[PLUGIN_FRAME];
	__asm__ volatile("" : : "r"(place) : "memory");
	plugin_inner(inner);
	__asm__ volatile("" : : "r"(place) : "memory");
}
