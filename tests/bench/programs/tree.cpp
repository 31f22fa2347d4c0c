// A tree of strings, built and torn down twice. usage: tree ELEMENTS
#include <cstdlib>
#include <map>
#include <string>

int main(int argc, char **argv)
{
	const long elements = argc > 1 ? std::atol(argv[1]) : 200000;
	for (int round = 0; round < 2; round++) {
		std::map<unsigned, std::string> tree;
		unsigned key = 12345;
		for (long i = 0; i < elements; i++) {
			key = key * 1103515245u + 12345u;
			tree[key].assign(20 + key % 20, 'x');
		}
	}
	return 0;
}
