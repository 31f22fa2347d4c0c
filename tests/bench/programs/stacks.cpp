// Blocks from 4^5 different stacks, 8192 of them live. usage: stacks COUNT
#include <cstdlib>

static void *window[8192];
static unsigned long made, state = 88172645463325252ul;

static unsigned next()
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return static_cast<unsigned>(state >> 32);
}

template <int Level, int Way> __attribute__((noinline)) void walk()
{
	if constexpr (Level == 0) {
		void *&slot = window[made++ % 8192];
		std::free(slot);
		slot = std::malloc(8 + next() % 16 * 64);
	} else {
		switch (next() % 4) {
		case 0:
			walk<Level - 1, 0>();
			break;
		case 1:
			walk<Level - 1, 1>();
			break;
		case 2:
			walk<Level - 1, 2>();
			break;
		default:
			walk<Level - 1, 3>();
		}
	}
	__asm__ volatile("" ::: "memory"); // no tail call
}

int main(int argc, char **argv)
{
	for (long i = argc > 1 ? std::atol(argv[1]) : 1000000; i > 0; i--)
		walk<5, 0>();
	for (void *block : window)
		std::free(block);
	return 0;
}
