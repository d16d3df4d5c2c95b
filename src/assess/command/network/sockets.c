#include "assess/command/network/sockets.h"

#include <string.h>

#include "assess/engine/ask.h"
#include "assess/host/message.h"

struct reading {
	const struct native_call *call;
	struct native_answer *answer;
	const struct sockets_wish *wish;
	struct sockets *sockets;
	const struct holders *holders;
};

bool sockets_is_any(const struct socket_end *end)
{
	static const unsigned char zeros[SOCKET_ADDRESS_BYTES] = {0};
	return memcmp(end->bytes, zeros, end->six ? 16 : 4) == 0;
}

bool sockets_read_wish(const struct program_args *args, struct sockets_wish *wish)
{
	bool any = !args->given[SOCKETS_FOUR] && !args->given[SOCKETS_SIX];
	*wish = (struct sockets_wish){
		.tcp = args->given[SOCKETS_TCP] > 0,
		.udp = args->given[SOCKETS_UDP] > 0,
		.four = any || args->given[SOCKETS_FOUR],
		.six = any || args->given[SOCKETS_SIX],
		.listening = !args->given[SOCKETS_ALL],
		.holders = args->given[SOCKETS_PROCESSES] > 0,
	};
	return args->word_count == 0 && args->given[SOCKETS_NUMERIC] && (wish->tcp || wish->udp) &&
	       (args->given[SOCKETS_LISTENING] || args->given[SOCKETS_ALL]);
}

static bool read_hex(struct text text, uint64_t *number)
{
	unsigned char bytes[8];
	if (text.len > 16 || !text_to_bytes(text, bytes, text.len / 2))
		return false;
	*number = 0;
	for (size_t i = 0; i < text.len / 2; i++)
		*number = *number << 8 | bytes[i];
	return true;
}

/* "0: LOCAL REMOTE STATE SENT:RECEIVED …" */
static bool read_queues(struct text line, struct sockets_line *found)
{
	struct text word = {0}, sent;
	for (size_t i = 0; i < 5; i++)
		if (!text_word(&line, &word))
			return false;
	return text_next(&word, ':', &sent) && read_hex(sent, &found->sent) &&
	       read_hex(word, &found->received);
}

static bool add_line(struct reading *reading, const struct socket_table *table, struct text line)
{
	struct sockets *sockets = reading->sockets;
	struct sockets_line found = {.socket.table = table};
	if (!socket_parse(line, &found.socket) || !read_queues(line, &found))
		return !native_fail(
			reading->answer,
			TEXT("a table of sockets in /proc/net is not what it should be"));
	bool listens = found.socket.state == SOCKET_LISTENS ||
		       (found.socket.state == SOCKET_CLOSED && found.socket.remote.port == 0);
	if (reading->wish->listening && !listens)
		return true;
	if (sockets->count == SOCKETS_MAX)
		return !native_fail(reading->answer, TEXT("there are more than 200000 sockets"));
	if (reading->holders)
		found.holder = holder_find(reading->holders, found.socket.inode);
	sockets->at = arena_grow(gather_arena(reading->call->gather), sockets->at, &sockets->room,
				 sockets->count + 1, sizeof(*sockets->at));
	sockets->at[sockets->count++] = found;
	return true;
}

static bool read_table(struct reading *reading, const struct socket_table *table)
{
	struct gather *gather = reading->call->gather;
	struct text content, why, line;
	enum gather_answer read = gather_read(gather, text_of(table->path), &content, &why);
	if (read == GATHER_MISSING && table->six)
		return true;
	if (read != GATHER_OK)
		return !native_fail(reading->answer, why);
	content = arena_text(gather_arena(gather), content);
	for (bool first = true; text_next(&content, '\n', &line); first = false)
		if (!first && text_trim(line).len > 0 && !add_line(reading, table, line))
			return false;
	return true;
}

/* struct inet_diag_msg, as far as it is wanted. */
struct listener {
	unsigned char family, state, timer, retransmits;
	uint16_t port, far_port;
	uint32_t address[4], far_address[4], interface, cookie[2];
	uint32_t expires, received, most, uid, inode;
};

#define ATTRIBUTE_OWN_FAMILY 11

static void take_listener(struct sockets *sockets, const struct listener *listener,
			  struct text attributes)
{
	struct text own = attribute_find(attributes, ATTRIBUTE_OWN_FAMILY);
	for (size_t i = 0; i < sockets->count; i++) {
		struct sockets_line *line = &sockets->at[i];
		if (line->socket.inode != listener->inode || listener->inode == 0)
			continue;
		line->sent = listener->most;
		line->interface = listener->interface;
		line->own_family = own.len > 0 && own.at[0];
	}
}

/* What /proc does not tell; where nobody answers, the lines stay as they are. */
static void ask_listeners(const struct native_call *call, struct sockets *sockets)
{
	static const char *const questions[] = {"listeners 4", "listeners 6"};
	for (size_t i = 0; i < array_len(questions); i++) {
		struct text told, why;
		struct message message;
		struct listener listener;
		bool broken;
		if (gather_ask(call->gather, text_of(questions[i]), &told, &why) != GATHER_OK)
			continue;
		while (message_next(&told, &message, &broken))
			if (message_head(&message.body, &listener, sizeof(listener)))
				take_listener(sockets, &listener, message.body);
	}
}

/* Where IPv4 has the port for itself, the socket of IPv6 can't have both. */
static void tell_families(struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		struct sockets_line *line = &sockets->at[i];
		if (!line->socket.table->six || !sockets_is_any(&line->socket.local))
			continue;
		for (size_t j = 0; j < sockets->count; j++) {
			const struct socket *other = &sockets->at[j].socket;
			if (!other->table->six && other->local.port == line->socket.local.port &&
			    strncmp(other->table->proto, line->socket.table->proto, 3) == 0)
				line->own_family = true;
		}
	}
}

bool sockets_read(const struct native_call *call, struct native_answer *answer,
		  const struct sockets_wish *wish, struct sockets *sockets)
{
	struct reading reading = {call, answer, wish, sockets, NULL};
	static const char *const order[] = {"udp", "tcp"};
	struct text why;
	if (wish->holders && holder_read(call->gather, &reading.holders, &why) != GATHER_OK)
		return !native_fail(answer, why);
	for (size_t i = 0; i < array_len(order); i++)
		for (const struct socket_table *table = socket_streams; table->path; table++) {
			bool asked = strcmp(order[i], "tcp") == 0 ? wish->tcp : wish->udp;
			if (strncmp(table->proto, order[i], 3) == 0 && asked &&
			    !read_table(&reading, table))
				return false;
		}
	tell_families(sockets);
	if (wish->tcp && wish->asks)
		ask_listeners(call, sockets);
	/* What was read to tell families apart, but is not asked for. */
	size_t kept = 0;
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->at[i].socket.table->six ? wish->six : wish->four)
			sockets->at[kept++] = sockets->at[i];
	sockets->count = kept;
	return true;
}
