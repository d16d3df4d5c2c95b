#include "os/kernel/procevents.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define WHAT (HEAD + offsetof(struct proc_event, what))
#define LEADER (HEAD + offsetof(struct proc_event, event_data.exec.process_tgid))
#define EVENT_SIZE 512
#define RECEIVE_BYTES (512 * 1024) /* some 1,500 events, while we do something else */

/* Their pids and tgids lie in the same places. */
static const struct {
	unsigned what;
	enum procevent event;
} events[] = {
	{0x00000002, PROCEVENT_EXEC}, /* PROC_EVENT_EXEC: its enum moved between Linux versions */
	{0x00000004, PROCEVENT_USER}, /* PROC_EVENT_UID */
};

/* Lets through what the table has. */
static bool filter(int fd, struct err *err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(events[0].what), 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(events[1].what), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, EVENT_SIZE),
	};
	const struct sock_fprog program = {array_len(code), code};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 ||
	       err_errno(err, "cannot choose among process events");
}

/* The kernel answers before send returns; in a container it says nothing. */
static bool subscribe(int fd, struct err *err)
{
	const uint32_t what = PROC_CN_MCAST_LISTEN;
	const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(what)};
	unsigned char asked[HEAD + sizeof(what)];
	const struct nlmsghdr head = {.nlmsg_len = sizeof(asked), .nlmsg_type = NLMSG_DONE};
	const struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	unsigned char answer[EVENT_SIZE] __attribute__((aligned(8)));
	uint32_t refused = 0;
	memcpy(asked, &head, sizeof(head));
	memcpy(asked + sizeof(head), &message, sizeof(message));
	memcpy(asked + HEAD, &what, sizeof(what));
	if (bind(fd, (const struct sockaddr *)&group, sizeof(group)) != 0 ||
	    send(fd, asked, sizeof(asked), 0) < 0)
		return err_errno(err, "the kernel tells no process events");
	ssize_t len = recv(fd, answer, sizeof(answer), 0);
	if (len < (ssize_t)(HEAD + sizeof(struct proc_event)))
		return err_set(err, ERR_REFUSED,
			       "the kernel tells process events only in its first namespaces");
	memcpy(&refused, answer + HEAD + offsetof(struct proc_event, event_data.ack.err),
	       sizeof(refused));
	if (refused != 0)
		return err_set(err, ERR_REFUSED,
			       "the kernel tells process events only with CAP_NET_ADMIN");
	return true;
}

int procevents_open(struct err *err)
{
	const int bytes = RECEIVE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (fd < 0) {
		err_errno(err, "the kernel tells no process events");
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (!subscribe(fd, err) || !filter(fd, err))
		procevents_close(&fd);
	return fd;
}

void procevents_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void take_one(const unsigned char *message, size_t len, procevents_fn each, void *data)
{
	uint32_t what, pid;
	if (len < LEADER + sizeof(pid))
		return;
	memcpy(&what, message + WHAT, sizeof(what));
	memcpy(&pid, message + LEADER, sizeof(pid));
	for (size_t i = 0; i < array_len(events); i++)
		if (events[i].what == what)
			each(data, events[i].event, pid);
}

void procevents_read(int fd, procevents_fn each, void *data)
{
	unsigned char message[EVENT_SIZE] __attribute__((aligned(8)));
	for (int i = 0; i < PROCEVENTS_READ_MAX; i++) {
		ssize_t len = recv(fd, message, sizeof(message), 0);
		if (len < 0 && errno == ENOBUFS)
			each(data, PROCEVENT_LOST, 0);
		else if (len < 0)
			return;
		else
			take_one(message, (size_t)len, each, data);
	}
}
