/* Which names that somebody types mean which functions. */
#include "tests/unit/test.h"
#include "viewer/text/name_match.h"

static void what_matches(void **state)
{
	static const struct {
		const char *function, *name;
		bool matches;
	} rows[] = {
		{"main", "main", true},
		{"main", "ain", false},
		{"main", "", false},
		{"", "", false},
		{"ns::plain(int)", "plain", true},
		{"ns::plain(int)", "ns::plain", true},
		{"ns::plain(int)", "ns::plain(int)", true},
		{"ns::plain(int)", "plain(int)", true},
		{"ns::plain(int)", "ns", false},
		{"ns::plain(int)", "plain(", false},
		{"ns::C::c() const", "ns::C::c", true},
		{"ns::C::c() const", "c()", true},
		{"ns::C::c() const &", "c() const &", true},
		{"ns::C::c() const &", "ns::C::c() const", false},
		{"ns::C::t<double>(double)", "ns::C::t<double>", true},
		{"ns::C::t<double>(double)", "t", true},
		{"ns::C::t<double>(double)", "t(double)", true},
		{"ns::C::t<double>(double)", "t<double>(double)", true},
		{"ns::C::t<double>(double)", "t<int>", false},
		{"ns::C::t<double>(double)", "C", false},
		{"long ns::ft<long>(long)", "ns::ft<long>", true},
		{"ns::ft<ns::D<int> >(ns::D<int>)", "ft", true},
		{"ns::ft<ns::D<int> >(ns::D<int>)", "ft<ns::D<int> >", true},
		{"ns::D<int>::m(int)", "ns::D<int>::m", true},
		{"ns::D<int>::m(int)", "m", true},
		{"ns::D<int>::m(int)", "D<int>", false},
		{"std::vector<int, std::allocator<int>>::push_back(int const&)", "push_back", true},
		{"f(void (*)(int))", "f", true},
		{"ns::C::operator()(int)", "ns::C::operator()", true},
		{"ns::C::operator()(int)", "operator()(int)", true},
		{"ns::C::operator()", "operator()", true},
		{"ns::C::operator()", "operator", false},
		{"ns::operator<(A, B)", "operator<", true},
		{"ns::operator<=>(A, B)", "ns::operator<=>", true},
		{"ns::operator<=>(A, B)", "ns::operator", false},
		{"ns::operator< <int>(A<int>)", "operator<", true},
		{"D<int>::operator->()", "operator->", true},
		{"D<int>::operator>>(int)", "operator>>", true},
		{"(anonymous namespace)::f(int)", "f", true},
		{"(anonymous namespace)::f(int)", "(anonymous namespace)::f", true},
		{"main::{lambda(int)#1}::operator()(int) const", "operator()", true},
		{"Parser.node", "node", true},
		{"Parser.node", "Parser.node", true},
		{"run.<locals>.<lambda>", "<lambda>", true},
		{"run.<locals>.<lambda>", "run", false},
		{"outer.<locals>.inner", "inner", true},
		{"<module>", "<module>", true},
		{"<T as Trait>::method", "method", true},
		{"libx.so+0x1f", "libx.so+0x1f", true},
		{"f(", "f", false},
		{"f)", "f", false},
		{">", ">", true},
		{"<>", "<>", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (name_matches(rows[i].function, rows[i].name) != rows[i].matches)
			fail_msg("'%s' %s '%s'", rows[i].name, rows[i].matches ? "does not mean" : "means",
				 rows[i].function);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
