/* Short calls, as programs that are built for --time=exact make them. usage: calls recursive|interpreter COUNT
   recursive      COUNT calls of a function that does next to nothing but call itself
   interpreter    an expression's tree is evaluated, a call for each of its nodes and as many for its variables, until COUNT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLES 64
#define DEPTH 8

struct node {
	long (*evaluate)(const struct node *);
	struct node *left, *right;
	long value;
};

static long variables[VARIABLES], calls;

__attribute__((noinline)) static long fibonacci(long n)
{
	return n < 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2);
}

/* fibonacci(n) makes 2 * fibonacci(n) - 1 calls. */
static long recursive(long count)
{
	long sum = 0;

	for (long made = 0; made < count; made += 2 * 28657 - 1)
		sum += fibonacci(22);
	return sum;
}

__attribute__((noinline)) static long *variable(long number)
{
	calls++;
	return &variables[(unsigned long)number % VARIABLES];
}

__attribute__((noinline)) static long evaluate(const struct node *n)
{
	calls++;
	return n->evaluate(n);
}

static long add(const struct node *n)
{
	return evaluate(n->left) + evaluate(n->right);
}

static long multiply(const struct node *n)
{
	return evaluate(n->left) * evaluate(n->right);
}

static long assign(const struct node *n)
{
	long value = evaluate(n->left) ^ evaluate(n->right);

	*variable(n->value) = value;
	return value;
}

static long load(const struct node *n)
{
	return *variable(n->value);
}

static struct node *grow(int depth, unsigned *seed)
{
	static long (*const inner[])(const struct node *) = {add, multiply, assign};
	struct node *n = calloc(1, sizeof(*n));

	*seed = *seed * 1103515245 + 12345;
	n->value = *seed >> 16;
	n->evaluate = depth ? inner[(*seed >> 16) % 3] : load;
	if (depth) {
		n->left = grow(depth - 1, seed);
		n->right = grow(depth - 1, seed);
	}
	return n;
}

static long interpreter(long count)
{
	unsigned seed = 7;
	const struct node *program = grow(DEPTH, &seed);
	long sum = 0;

	for (long i = 0; i < VARIABLES; i++)
		variables[i] = i;
	while (calls < count)
		sum += evaluate(program);
	return sum;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 1000000;

	printf("%ld\n", argc > 1 && !strcmp(argv[1], "interpreter") ? interpreter(count) : recursive(count));
	return 0;
}
