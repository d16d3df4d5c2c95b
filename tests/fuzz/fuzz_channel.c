/* Packets from another process: each begins with its length, a byte. */
#include <sys/socket.h>
#include <unistd.h>

#include "os/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fds[2];
	struct err err = {0};
	if (!channel_pair(fds, &err))
		return 0;
	struct channel *channel = channel_new(fds[0]);
	enum channel_answer answer = CHANNEL_NOTHING;
	while (len > 0 && (answer == CHANNEL_GOT || answer == CHANNEL_NOTHING)) {
		size_t piece = bytes[0] < len - 1 ? bytes[0] : len - 1;
		ssize_t sent unused = send(fds[1], bytes + 1, piece, MSG_NOSIGNAL);
		bytes += 1 + piece;
		len -= 1 + piece;
		struct channel_message message;
		while ((answer = channel_receive(channel, &message, &err)) == CHANNEL_GOT) {
			must(message.fd == -1 && message.body.len <= CHANNEL_BODY_MAX);
		}
	}
	close(fds[1]);
	channel_free(&channel);
	return 0;
}
