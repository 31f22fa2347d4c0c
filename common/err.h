/* How a function says what went wrong: it returns a negative number (or NULL) and leaves one line of text in a struct err
 * that the caller owns. The text names the file or thing concerned ("trace.zst: block 41: bad checksum") and has no
 * newline at its end. Corrupt input is an ordinary error, never an assertion. */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

struct err {
	char text[512];
};

/* Sets the text (cut to fit) and returns -1, so that a function can end with `return err_set(err, ...)`. err may be NULL. */
int err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text that is already there. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line on standard error, "memtrace: " before it; control characters in the arguments are made harmless. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* warn(), then exit(status). */
void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

#endif
