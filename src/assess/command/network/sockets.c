#include "assess/command/network/sockets.h"

#include "assess/engine/ask.h"
#include "assess/host/message.h"

struct reading {
	struct gather *gather;
	const struct sockets_wish *wish;
	struct sockets *sockets;
	const struct holders *holders;
	bool many; /* more than SOCKETS_MAX */
};

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

static bool add_line(void *data, const struct socket *socket)
{
	struct reading *reading = data;
	struct sockets *sockets = reading->sockets;
	if (reading->wish->listening && !socket_listens(socket))
		return true;
	reading->many = sockets->count == SOCKETS_MAX;
	if (reading->many)
		return false;
	sockets->at = arena_grow(gather_arena(reading->gather), sockets->at, &sockets->room,
				 sockets->count + 1, sizeof(*sockets->at));
	sockets->at[sockets->count++] = (struct sockets_line){
		.socket = *socket,
		.holder = reading->holders ? holder_find(reading->holders, socket->inode) : NULL,
	};
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
		line->socket.sent = listener->most;
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
		if (!line->socket.table->six || !socket_is_any(&line->socket.local))
			continue;
		for (size_t j = 0; j < sockets->count; j++) {
			const struct socket *other = &sockets->at[j].socket;
			if (!other->table->six && other->local.port == line->socket.local.port &&
			    socket_is_udp(other) == socket_is_udp(&line->socket))
				line->own_family = true;
		}
	}
}

bool sockets_read(const struct native_call *call, struct native_answer *answer,
		  const struct sockets_wish *wish, struct sockets *sockets)
{
	struct reading reading = {.gather = call->gather, .wish = wish, .sockets = sockets};
	const struct {
		const struct socket_table *tables;
		bool wanted;
	} order[] = {{socket_udp, wish->udp}, {socket_tcp, wish->tcp}};
	struct text why;
	if (wish->holders && holder_read(call->gather, &reading.holders, &why) != GATHER_OK)
		return !native_fail(answer, why);
	for (size_t i = 0; i < array_len(order); i++)
		if (order[i].wanted && socket_each(call->gather, order[i].tables, add_line,
						   &reading, &why) != GATHER_OK)
			return !native_fail(answer, why);
	if (reading.many)
		return !native_fail(answer, TEXT("there are more than 200000 sockets"));
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
