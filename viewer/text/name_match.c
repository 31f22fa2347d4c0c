/* See name_match.h. A demangled name ends with template arguments, parameters and qualifiers, each of which
 * may be missing; it is read from its end, as its scopes may have all of that, too. */
#include "viewer/text/name_match.h"

#include <string.h>

#include "viewer/model/model.h"

static bool ends_with(const char *s, size_t n, const char *end, size_t length)
{
	return n >= length && memcmp(s + n - length, end, length) == 0;
}

/* Where the bracket that s[0..n) ends with was opened; n: nowhere. */
static size_t opening(const char *s, size_t n, char open, char close)
{
	size_t depth = 0;

	for (size_t i = n; i-- > 0;) {
		depth += (s[i] == close) - (size_t)(s[i] == open);
		if (depth == 0)
			return i;
	}
	return n;
}

/* Without qualifiers behind parameters. */
static size_t strip_qualifiers(const char *s, size_t n)
{
	static const char *const words[] = {" const", " volatile", " &&", " &", " noexcept"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t length = strlen(words[i]);

		if (ends_with(s, n, words[i], length)) {
			n -= length;
			i = (size_t)-1;
		}
	}
	return n;
}

static bool is_operator(const char *s, size_t n)
{
	static const char word[] = "operator";

	return ends_with(s, n, word, sizeof(word) - 1);
}

/* Where the parameters begin that s[0..n) ends with; n: there are none, but perhaps the name "operator()". */
static size_t find_parameters(const char *s, size_t n)
{
	size_t at = n > 0 && s[n - 1] == ')' ? opening(s, n, '(', ')') : n;

	return at > 0 && !is_operator(s, at) ? at : n;
}

/* The same of template arguments, which "operator<=>" and Python's "f.<locals>" do not have. */
static size_t find_arguments(const char *s, size_t n)
{
	size_t at = n > 0 && s[n - 1] == '>' ? opening(s, n, '<', '>') : n;

	if (at == 0 || at == n || is_operator(s, at) || name_python_part(s, at))
		return n;
	return s[at - 1] == ' ' ? at - 1 : at; /* "operator< <int>" */
}

/* Is what was typed the end of s[0..n), from a scope on? */
static bool is_named(const char *s, size_t n, const char *name, size_t length)
{
	size_t at = n - length;

	return length > 0 && ends_with(s, n, name, length) && (at == 0 || strchr(":. ", s[at - 1]));
}

bool name_matches(const char *function, const char *name)
{
	size_t length = strlen(name), n = strlen(function), unqualified = strip_qualifiers(function, n);
	size_t parameters = find_parameters(function, unqualified);
	size_t arguments, tails[3];

	/* Without parameters there is nothing behind them. */
	if (parameters == unqualified)
		parameters = unqualified = n;
	arguments = find_arguments(function, parameters);
	tails[0] = parameters;
	tails[1] = unqualified;
	tails[2] = n;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		size_t tail = tails[i] - parameters;

		if (length < tail || memcmp(name + length - tail, function + parameters, tail) != 0)
			continue;
		if (is_named(function, parameters, name, length - tail) ||
		    is_named(function, arguments, name, length - tail))
			return true;
	}
	return false;
}
