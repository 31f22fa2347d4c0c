/* How a program comes to the shared memory that can't open it through /proc: one that has become another
 * user, or has another /proc. It connects to an abstract Unix socket, whose name only our programs know, and
 * is sent a descriptor of each segment, and who it is here. Nobody is answered but descendants. */
#ifndef RECORD_DOOR_H
#define RECORD_DOOR_H

#include "common/ring.h"

struct recorder;

struct door {
	int fd; /* -1: there is none, and such programs are not recorded */
	char name[RING_DOOR_BYTES]; /* as RING_ENV has it; "": none */
};

/* Who knocks is a signal to us, SIGIO. */
void door_open(struct door *d);
void door_close(struct door *d);
/* Answers all who have knocked. */
void door_answer(struct recorder *recorder);

#endif
