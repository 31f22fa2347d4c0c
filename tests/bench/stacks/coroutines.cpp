// C++20 coroutines: generators that allocate in every step, nested, resumed from different depths and another
// thread. usage: coroutines COUNT
#include <coroutine>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct generator {
	struct promise_type {
		std::string value;
		std::exception_ptr failure;
		generator get_return_object()
		{
			return generator(std::coroutine_handle<promise_type>::from_promise(*this));
		}
		std::suspend_always initial_suspend()
		{
			return {};
		}
		std::suspend_always final_suspend() noexcept
		{
			return {};
		}
		std::suspend_always yield_value(std::string s)
		{
			value = std::move(s);
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
			failure = std::current_exception();
		}
	};
	std::coroutine_handle<promise_type> handle;
	explicit generator(std::coroutine_handle<promise_type> h) : handle(h)
	{
	}
	generator(generator &&other) noexcept : handle(std::exchange(other.handle, nullptr))
	{
	}
	~generator()
	{
		if (handle)
			handle.destroy();
	}
	bool next()
	{
		handle.resume();
		if (handle.promise().failure)
			std::rethrow_exception(handle.promise().failure);
		return !handle.done();
	}
};

static generator walk(int depth, int fan)
{
	co_yield std::string(32 + static_cast<size_t>(depth), 'w');
	for (int i = 0; depth > 0 && i < fan; i++) {
		generator inner = walk(depth - 1, fan);
		while (inner.next())
			co_yield inner.handle.promise().value + std::string(20, '+');
	}
	if (depth == 1)
		throw std::string("an exception leaves the coroutine, and its text is allocated");
}

__attribute__((noinline)) static bool step_from(generator &g, int depth)
{
	volatile char room[96];
	room[depth] = 0;
	return depth ? step_from(g, depth - 1) + room[depth] : g.next();
}

static void drain(generator &g, int most)
{
	try {
		for (int i = 0; i < most && step_from(g, i % 9); i++)
			;
	} catch (const std::string &s) {
		auto kept = std::make_unique<std::string>(s);
	}
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? std::atol(argv[1]) : 1000;
	std::vector<generator> open;
	for (long i = 0; i < count; i++) {
		open.push_back(walk(static_cast<int>(i % 5), 3));
		drain(open.back(), static_cast<int>(i % 40));
		if (open.size() == 16) {
			// left in the middle here, and resumed there
			std::thread other([&open] {
				for (generator &g : open)
					if (!g.handle.done())
						drain(g, 10);
			});
			other.join();
			open.clear();
		}
	}
	return 0;
}
