/* Asking the recorder for the shared memory where /proc does not lead to it (record/door.h). Only at the
 * start of an image, for more segments, and for the numbers of a process that sees another /proc. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "common/sys.h"
#include "record/preload/guest.h"

enum { ANSWER_SECONDS = 1 };

/* A filter of system calls that this image was started under, or has put up, may end the process for a
 * socket; not those that the recorder is under as well. Where it can't be known there is taken to be one. */
static bool filtered(const char *name)
{
	char text[4096];
	const char *recorders = strchr(name, '.');
	long fd = sampling_stopped || !recorders
			  ? -1
			  : sys_call3(SYS_open, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return true;
	long n = sys_call3(SYS_read, fd, text, sizeof(text) - 1);
	sys_call3(SYS_close, fd, 0, 0);
	text[n > 0 ? n : 0] = 0;
	return n <= 0 || ring_filters(text) > ring_number(recorders + 1);
}

static long knock(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {ANSWER_SECONDS, 0};
	const char *name = strchr(boot_ring, '@');
	if (!name || filtered(name))
		return -1;
	size_t length = offsetof(struct sockaddr_un, sun_path) + ring_door(address.sun_path, name + 1);
	long door = sys_call3(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (door < 0)
		return -1;
	sys_call6(SYS_setsockopt, door, SOL_SOCKET, SO_RCVTIMEO, (long)&limit, sizeof(limit), 0);
	sys_call6(SYS_setsockopt, door, SOL_SOCKET, SO_SNDTIMEO, (long)&limit, sizeof(limit), 0);
	if (sys_call3(SYS_connect, door, &address, length) == 0)
		return door;
	sys_call3(SYS_close, door, 0, 0);
	return -1;
}

/* The descriptor that came with the next answer, or a negative number. */
static long take_answer(long door, struct ring_answer *answer)
{
	struct iovec words = {answer, sizeof(*answer)};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &words,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fd = -1;
	long n;
	do
		n = sys_call3(SYS_recvmsg, door, &message, MSG_CMSG_CLOEXEC);
	while (n == -EINTR);
	if (n == (long)sizeof(*answer) && message.msg_controllen >= CMSG_LEN(sizeof(fd)) &&
	    control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

long door_ask(u32 segment, struct ring_answer *answer)
{
	long door = knock(), fd = -1;
	if (door < 0)
		return -1;
	for (u32 i = 0; i <= segment; i++) {
		if (fd >= 0)
			sys_call3(SYS_close, fd, 0, 0);
		fd = take_answer(door, answer);
		if (fd < 0)
			break;
	}
	sys_call3(SYS_close, door, 0, 0);
	return fd;
}
