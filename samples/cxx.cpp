/* C++: operator new counts through the malloc that it makes, and names are demangled.
 *
 * single()  new int, delete; new int[10], delete[]               2 allocations (44 bytes), both temporary
 * text()    a std::string of 100 characters                      1 allocation (101 bytes), temporary
 * numbers() a std::vector<int> that grows to 1000 elements       11 allocations of 4, 8, 16 … 4096 bytes (8188 in all)
 * table()   a std::map<int, int> of 100 elements                 100 nodes of 40 bytes, the last of them temporary
 * lose()    one Widget of 24 bytes is never deleted
 *
 * The most is live while the vector moves from 2048 to 4096 bytes. libstdc++ makes one more block, the reserve for
 * exceptions, before main() begins; the figures are those of main() alone.
 *
 * expect summary --filter=^main$: allocations=115 frees=114 allocated_bytes=12357 peak_bytes=6144 peak_blocks=2
 * expect summary --filter=^main$: leaked_bytes=24 leaked_blocks=1 temporary=4 lost_events=0
 * expect function single(): total_allocations=2 total_allocated_bytes=44
 * expect function text(): total_allocations=1 total_allocated_bytes=101
 * expect function numbers(): total_allocations=11 total_allocated_bytes=8188
 * expect function table(): total_allocations=100 total_allocated_bytes=4000
 * expect function lose(): allocations=1 allocated_bytes=24 leaked_bytes=24 leaked_blocks=1
 */
#include <map>
#include <string>
#include <vector>

namespace
{
struct Widget {
	long a, b, c;
};
Widget *volatile lost;
volatile char seen;
} // namespace

void single()
{
	int *one = new int;
	delete one;
	int *ten = new int[10];
	delete[] ten;
}

void text()
{
	std::string s(100, 'x');
	seen = s[50];
}

void numbers()
{
	std::vector<int> v;
	for (int i = 0; i < 1000; i++)
		v.push_back(i);
}

void table()
{
	std::map<int, int> m;
	for (int i = 0; i < 100; i++)
		m[i] = i;
}

void lose()
{
	lost = new Widget();
	lost = nullptr;
}

int main()
{
	single();
	text();
	numbers();
	table();
	lose();
	return 0;
}
