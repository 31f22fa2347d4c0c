/* A program by which PyPy is known: it exports that function, under its own name. */
const char *PyPy_GetVersion(void);

const char *PyPy_GetVersion(void)
{
	return "3.9.16";
}

int main(void)
{
	return 0;
}
