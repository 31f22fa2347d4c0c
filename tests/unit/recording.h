/* For tests of the recorder: a recording into a temporary file, with no program. */
#ifndef TESTS_RECORDING_H
#define TESTS_RECORDING_H

#include <unistd.h>

#include "record/recorder.h"
#include "tests/unit/test.h"

static inline struct writer *recording_writer(char path[64])
{
	struct writer_info info = {.command = "test", .command_len = 4, .host = "", .options = ""};
	struct err err;

	strcpy(path, "/tmp/memtrace-test-XXXXXX");
	close(mkstemp(path));
	struct writer *w = writer_new(path, true, &info, &err);
	if (!w)
		fail_msg("%s", err.text);
	return w;
}

#endif
