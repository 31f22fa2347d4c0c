/* Exceptions that leave functions, with each kind of instrumentation. cases_calls.py knows how often each is
 * called. */
#include <cstdio>
#include <stdexcept>
#include <string>

static volatile int sink;

struct guard {
	int value;
	guard(int x) : value(x)
	{
		sink += x;
	}
	~guard()
	{
		sink -= value;
	}
};

static int leaf(int x)
{
	sink += x;
	return x;
}

static int thrower(int n)
{
	guard g(n);
	if (n == 0)
		throw std::runtime_error("thrown");
	int below = thrower(n - 1);
	sink++;
	return below;
}

static int catcher(int n)
{
	try {
		thrower(n);
	} catch (const std::exception &) {
		return leaf(n);
	}
	return 0;
}

static int rethrower(int n)
{
	try {
		return thrower(n);
	} catch (...) {
		leaf(n);
		throw;
	}
}

static int outer(int n)
{
	try {
		rethrower(n);
	} catch (const std::runtime_error &) {
		guard g(3);
		leaf(2);
	}
	return n;
}

static int nested(int n)
{
	guard g(1);
	try {
		try {
			throw 1;
		} catch (int i) {
			leaf(i);
			throw std::string("second");
		}
	} catch (const std::string &s) {
		leaf((int)s.size());
	}
	return n;
}

int main()
{
	for (int i = 0; i < 50; i++) {
		catcher(4);
		outer(2);
		nested(i);
	}
	std::printf("%d\n", (int)sink);
	return 0;
}
