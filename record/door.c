/* The socket by which programs ask for the shared memory. See door.h. */
#include "record/door.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "record/recorder.h"

enum { AT_ONCE = 64 /* more wait until the rings have been looked at */ };

void door_open(struct door *d)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = gettid()};
	u64 secret;
	*d = (struct door){.fd = -1};
	if (getrandom(&secret, sizeof(secret), 0) != sizeof(secret))
		return;
	snprintf(d->name, sizeof(d->name), "%016llx.%u", (unsigned long long)secret, watch_own_filters());
	size_t length = ring_door(address.sun_path, d->name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0 &&
	    fcntl(fd, F_SETOWN_EX, &owner) == 0 && fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		d->fd = fd;
	else
		close(fd);
}

void door_close(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static bool send_segment(int to, int fd, const struct ring_answer *answer)
{
	struct iovec words = {(void *)answer, sizeof(*answer)};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr message = {
		.msg_iov = &words,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*answer);
}

static void answer_one(const struct rings *r, int to)
{
	struct ucred who;
	socklen_t size = sizeof(who);
	if (getsockopt(to, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || !watch_is_descendant(who.pid))
		return;
	struct ring_answer answer = {.pid = (u32)who.pid, .ppid = watch_parent(who.pid)};
	for (u32 i = 0; i < RING_SEGMENTS && r->segments[i] && send_segment(to, r->fds[i], &answer); i++)
		continue;
}

void door_answer(struct recorder *recorder)
{
	for (int i = 0; recorder->door.fd >= 0 && i < AT_ONCE; i++) {
		int to = accept4(recorder->door.fd, NULL, NULL, SOCK_CLOEXEC);
		if (to < 0)
			return;
		answer_one(&recorder->rings, to);
		close(to);
	}
}
