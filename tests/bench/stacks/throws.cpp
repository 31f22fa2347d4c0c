// C++ exceptions: thrown through many frames, rethrown, replaced, carried to another thread; destructors,
// handlers and filters allocate while the stack is being unwound. usage: throws COUNT
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static unsigned random_state = 7;
static unsigned dice(unsigned n)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 16 & 0x7fff) % n;
}

static volatile char sink;

struct guard {
	std::string name;
	explicit guard(unsigned n) : name(40 + n % 100, 'g')
	{
	}
	~guard()
	{
		// Allocates on the way out, also while an exception is under way, and may use exceptions
		// itself.
		std::vector<int> v(10 + name.size() % 7);
		sink = static_cast<char>(v.size());
		if (dice(4) == 0) {
			try {
				throw std::length_error(name);
			} catch (const std::exception &e) {
				sink = e.what()[0];
			}
		}
	}
};

struct custom : std::runtime_error {
	std::unique_ptr<std::string> more;
	explicit custom(const std::string &s) : std::runtime_error(s), more(new std::string(s + s))
	{
	}
	custom(const custom &c) : std::runtime_error(c), more(new std::string(*c.more))
	{
	}
};

__attribute__((noinline)) static int descend(unsigned depth, unsigned way);

__attribute__((noinline)) static int function_try(unsigned depth, unsigned way)
try {
	guard g(depth);
	return descend(depth - 1, way) + 1;
} catch (const std::runtime_error &e) {
	sink = *std::make_unique<std::string>(e.what())->c_str();
	throw;
}

__attribute__((noinline)) static int descend(unsigned depth, unsigned way)
{
	if (depth == 0) {
		switch (dice(5)) {
		case 0:
			throw custom(std::string(64, 'c'));
		case 1:
			throw std::out_of_range("out of range, with a text that has to be allocated");
		case 2:
			return static_cast<int>(std::string("x").at(dice(3)));
		case 3:
			throw new int(3);
		default:
			return std::stoi(dice(2) ? "12" : "none");
		}
	}
	guard here(depth);
	switch (((way >> depth % 16) ^ depth) & 7) {
	case 0:
		try {
			return descend(depth - 1, way) + 1;
		} catch (custom &c) {
			auto copy = std::make_unique<custom>(c);
			sink = copy->what()[0];
			throw;
		}
	case 1:
		try {
			return descend(depth - 1, way) + 1;
		} catch (const std::exception &e) {
			throw custom(std::string(e.what()) + " again, from further out");
		}
	case 2:
		return function_try(depth, way);
	case 3: {
		volatile char room[256];
		room[depth % 256] = 1;
		return descend(depth - 1, way) + room[0];
	}
	default:
		return descend(depth - 1, way) + 1;
	}
}

static void elsewhere(const std::exception_ptr &carried)
{
	try {
		std::rethrow_exception(carried);
	} catch (const std::exception &e) {
		sink = std::string(std::string(e.what()) + std::string(50, '.'))[0];
	} catch (int *p) {
		delete p;
	}
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? std::atol(argv[1]) : 1000;
	long caught = 0;
	for (long i = 0; i < count; i++) {
		try {
			descend(dice(60) + 1, dice(0x7fff));
		} catch (int *p) {
			delete p;
			caught++;
		} catch (...) {
			caught++;
			std::exception_ptr carried = std::current_exception();
			if (i % 64 == 0)
				std::thread(elsewhere, carried).join();
			else
				elsewhere(carried);
		}
	}
	return caught == 0;
}
