#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* A packet: this head, then a piece of the body. The first of a message has `begins`; the
 * descriptor comes with it. The last is the one that completes body_len. */
struct head {
	uint32_t magic, type, body_len, begins;
};
#define MAGIC 0x6d757374u
#define PIECE_MAX (CHANNEL_PACKET_MAX - sizeof(struct head))
#define WAITING_MAX ((size_t)CHANNEL_BODY_MAX * 2)

struct waiting { /* a packet that did not fit into the socket */
	struct waiting *next;
	int fd; /* our own duplicate, -1: none */
	size_t len;
	char bytes[];
};

struct channel {
	int fd;
	struct waiting *first, **last;
	size_t waiting_size;
	struct buf body; /* what has come of the current message, or the whole last one */
	struct head head;
	bool partial; /* the message in body is not whole yet */
	int passed;   /* its descriptor, -1: none */
};

bool channel_pair(int fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
		return err_errno(err, "cannot make a channel");
	return true;
}

struct channel *channel_new(int fd)
{
	must(fd >= 0);
	struct channel *channel = mem_new(1, sizeof(*channel));
	*channel = (struct channel){.fd = fd, .passed = -1};
	channel->last = &channel->first;
	return channel;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_first(struct channel *channel)
{
	struct waiting *first = channel->first;
	channel->first = first->next;
	if (!channel->first)
		channel->last = &channel->first;
	channel->waiting_size -= first->len;
	close_fd(&first->fd);
	mem_free(&first);
}

void channel_free(struct channel **channel)
{
	if (!*channel)
		return;
	while ((*channel)->first)
		drop_first(*channel);
	close_fd(&(*channel)->passed);
	close_fd(&(*channel)->fd);
	buf_end(&(*channel)->body);
	mem_free(channel);
}

int channel_fd(const struct channel *channel)
{
	return channel->fd;
}

/* --- out --- */

enum sent { SENT, SENT_LATER, SENT_NEVER };

static enum sent send_packet(int to, const struct head *head, struct text piece, int fd,
			     struct err *err)
{
	struct iovec parts[2] = {{.iov_base = (void *)(uintptr_t)head, .iov_len = sizeof(*head)},
				 {.iov_base = (void *)(uintptr_t)piece.at, .iov_len = piece.len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &fd, sizeof(int));
	}
	ssize_t sent;
	do
		sent = sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return SENT;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
		return SENT_LATER;
	err_errno(err, "cannot send to another process of ours");
	return SENT_NEVER;
}

/* Keeps a packet for channel_flush. */
static bool wait_packet(struct channel *channel, const struct head *head, struct text piece, int fd,
			struct err *err)
{
	int own = -1;
	if (fd >= 0 && (own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return err_errno(err, "cannot keep a descriptor for another process of ours");
	size_t len = sizeof(*head) + piece.len;
	struct waiting *waiting = mem_new(1, sizeof(*waiting) + len);
	waiting->fd = own;
	waiting->len = len;
	memcpy(waiting->bytes, head, sizeof(*head));
	if (piece.len > 0)
		memcpy(waiting->bytes + sizeof(*head), piece.at, piece.len);
	*channel->last = waiting;
	channel->last = &waiting->next;
	channel->waiting_size += len;
	return true;
}

bool channel_send(struct channel *channel, uint32_t type, struct text body, int fd, struct err *err)
{
	if (body.len > CHANNEL_BODY_MAX)
		return err_set(err, ERR_LIMIT,
			       "a message of %zu bytes between processes; at most %u", body.len,
			       CHANNEL_BODY_MAX);
	if (channel->waiting_size + body.len > WAITING_MAX)
		return err_set(err, ERR_BUSY, "another process of ours does not keep up");
	struct head head = {MAGIC, type, (uint32_t)body.len, 1};
	do {
		struct text piece = {body.at, body.len < PIECE_MAX ? body.len : PIECE_MAX};
		enum sent sent = channel->first ? SENT_LATER
						: send_packet(channel->fd, &head, piece, fd, err);
		if (sent == SENT_NEVER ||
		    (sent == SENT_LATER && !wait_packet(channel, &head, piece, fd, err)))
			return false;
		body.at = piece.len > 0 ? body.at + piece.len : body.at;
		body.len -= piece.len;
		head.begins = 0;
		fd = -1;
	} while (body.len > 0);
	return true;
}

bool channel_flush(struct channel *channel, bool *empty, struct err *err)
{
	while (channel->first) {
		struct waiting *first = channel->first;
		struct head head;
		memcpy(&head, first->bytes, sizeof(head));
		struct text piece = {first->bytes + sizeof(head), first->len - sizeof(head)};
		enum sent sent = send_packet(channel->fd, &head, piece, first->fd, err);
		if (sent == SENT_NEVER)
			return false;
		if (sent == SENT_LATER)
			break;
		drop_first(channel);
	}
	*empty = channel->first == NULL;
	return true;
}

bool channel_wait(const struct channel *channel, bool to_write, int wait_ms)
{
	struct pollfd end = {.fd = channel->fd, .events = to_write ? POLLOUT : POLLIN};
	int ready;
	do
		ready = poll(&end, 1, wait_ms);
	while (ready < 0 && errno == EINTR);
	return ready != 0;
}

/* --- in --- */

/* Keeps the one descriptor that came; more than one, or one that has no place, ends the channel. */
static bool take_rights(struct channel *channel, struct msghdr *message)
{
	bool good = (message->msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
			if (channel->passed < 0 && good)
				channel->passed = fd;
			else {
				good = false;
				close(fd);
			}
		}
	}
	return good;
}

/* Whether a packet with this head, followed by piece_len bytes, may come now; begins its message if
 * it is the first. */
static bool take_head(struct channel *channel, const struct head *head, size_t piece_len)
{
	if (head->magic != MAGIC || head->body_len > CHANNEL_BODY_MAX ||
	    (head->begins == 1) == channel->partial)
		return false;
	if (head->begins == 1) {
		channel->head = *head;
		buf_clear(&channel->body);
	} else if (head->type != channel->head.type || head->body_len != channel->head.body_len ||
		   head->begins != 0 || piece_len == 0)
		return false;
	return piece_len <= head->body_len - channel->body.len;
}

/* recvmsg, again when a signal came between. */
static ssize_t receive(int fd, struct msghdr *message, int flags)
{
	ssize_t len;
	do
		len = recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (len < 0 && errno == EINTR);
	return len;
}

/* How long the next packet is. */
static enum channel_answer look(struct channel *channel, size_t *len, struct err *err)
{
	struct msghdr message = {0};
	ssize_t size = receive(channel->fd, &message, MSG_PEEK | MSG_TRUNC);
	if (size < 0 && errno == EAGAIN)
		return CHANNEL_NOTHING;
	if (size == 0 || (size < 0 && errno == ECONNRESET))
		return CHANNEL_CLOSED;
	if (size < 0) {
		err_errno(err, "cannot receive from another process of ours");
		return CHANNEL_BROKEN;
	}
	*len = (size_t)size;
	return CHANNEL_GOT;
}

/* Reads the next packet, which has len bytes, into head and at. */
static bool read_packet(struct channel *channel, struct head *head, char *at, size_t len)
{
	struct iovec parts[2] = {{.iov_base = head, .iov_len = sizeof(*head)},
				 {.iov_base = at, .iov_len = len - sizeof(*head)}};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = parts,
				 .msg_iovlen = 2,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	ssize_t got = receive(channel->fd, &message, 0);
	if (got < 0)
		return false;
	bool good = take_rights(channel, &message) && (size_t)got == len;
	return good && (head->begins == 1 || message.msg_controllen == 0);
}

/* One packet. CHANNEL_GOT: it was taken; its message may not be whole yet. */
static enum channel_answer receive_packet(struct channel *channel, struct err *err)
{
	size_t len = 0;
	enum channel_answer answer = look(channel, &len, err);
	if (answer != CHANNEL_GOT)
		return answer;
	struct head head = {0};
	if (len >= sizeof(head) && len <= CHANNEL_PACKET_MAX) {
		char *piece = mem_new(1, len);
		size_t piece_len = len - sizeof(head);
		bool good = read_packet(channel, &head, piece, len) &&
			    take_head(channel, &head, piece_len);
		if (good)
			buf_add(&channel->body, piece, piece_len);
		mem_free(&piece);
		channel->partial = good && channel->body.len < head.body_len;
		if (good)
			return CHANNEL_GOT;
	}
	err_set(err, ERR_INPUT, "another process of ours sent what is no message");
	return CHANNEL_BROKEN;
}

enum channel_answer channel_receive(struct channel *channel, struct channel_message *message,
				    struct err *err)
{
	if (!channel->partial)
		buf_end(&channel->body); /* nothing is kept while idle */
	enum channel_answer answer;
	do
		answer = receive_packet(channel, err);
	while (answer == CHANNEL_GOT && channel->partial);
	if (answer != CHANNEL_GOT)
		return answer;
	*message = (struct channel_message){.type = channel->head.type,
					    .body = buf_view(&channel->body),
					    .fd = channel->passed};
	channel->passed = -1;
	return CHANNEL_GOT;
}
