"""Calls of every kind that Python has: what cProfile counts of them is known."""
import argparse, codecs, ctypes, re, unittest, json, collections, functools, itertools, string, textwrap
class T(unittest.TestCase):
    def test_a(self): self.assertEqual(1, 1)
    def test_b(self):
        with self.assertRaises(ValueError): int("x")
async def co(n):
    await sub(n)
    return n
async def sub(n):
    return n
def drive(c):
    try:
        while True: c.send(None)
    except StopIteration as s: return s.value
@functools.lru_cache(None)
def f(n): return 1 if n < 2 else f(n-1) + f(n-2)
class P:
    @property
    def p(self): return 3
    @staticmethod
    def s(x): return x
    def __len__(self): return 4
    def __getattr__(self, n):
        if n == "zz": raise AttributeError(n)
        return n
def gen():
    try:
        yield 1
        yield 2
    finally:
        len([])
def deep(n):
    if n: return deep(n-1)
    raise KeyError("deep")
def of_extension():
    """A C function as extensions of C++ make theirs: of some object, in a module that is named."""
    method = ctypes.cast(id(codecs.replace_errors) + 16, ctypes.POINTER(ctypes.c_void_p))[0]
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.argtypes, new.restype = [ctypes.c_void_p, ctypes.py_object, ctypes.py_object], ctypes.py_object
    return new(method, object(), "extension")
def main():
    p = argparse.ArgumentParser(); p.add_argument("--x", type=int); p.parse_args(["--x", "3"])
    re.sub(r"(\w+)", lambda m: m.group(1).upper(), "a b c")
    json.loads(json.dumps({str(i): [i] * 3 for i in range(20)}))
    unittest.TextTestRunner(stream=open("/dev/null","w")).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
    drive(co(3)); f(20)
    q = P(); q.p, q.s(1), len(q), q.foo, hasattr(q, "zz")
    g = gen(); next(g); g.close()
    list(gen())
    try: deep(50)
    except KeyError: pass
    d = collections.OrderedDict(); d["a"] = 1; collections.Counter("abca").most_common(1)
    sorted(range(10), key=functools.cmp_to_key(lambda a, b: b - a))
    print(sum(x for x in range(5)), max([1,2], key=lambda v: v), file=open("/dev/null","w"))
    textwrap.wrap("hello world " * 10, 20); list(map(str.upper, ["a","b"])); "".join(map(chr, [65,66]))
    exec("def z(): return 1\nz()", {}); eval("len('abc')")
    g2 = (i for i in range(3)); next(g2)
    try:
        g2.throw(ValueError)
    except ValueError: pass
    error = UnicodeDecodeError("ascii", b"x", 0, 1, "test")
    codecs.ignore_errors(error), of_extension()(error)
main()
