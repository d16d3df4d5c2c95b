#include "assess/host/network/route.h"

#include <string.h>

#include "assess/host/network/address.h"

#define FOUR_COLUMNS 8
#define SIX_COLUMNS 10

#define FLAG_UP 0x1u
#define FLAG_GATEWAY 0x2u
#define FLAG_REJECT 0x200u
#define FLAG_ANYCAST 0x100000u
#define FLAG_LOCAL 0x80000000u
#define METRIC_NONE 0xffffffffu /* of the kernel's "no route" */

static bool read_hex(struct text text, uint32_t *number)
{
	unsigned char bytes[4];
	if (text.len == 0 || text.len % 2 || text.len > 2 * sizeof(bytes) ||
	    !text_to_bytes(text, bytes, text.len / 2))
		return false;
	*number = 0;
	for (size_t i = 0; i < text.len / 2; i++)
		*number = *number << 8 | bytes[i];
	return true;
}

static bool read_words(struct text line, struct text *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!text_word(&line, &words[i]))
			return false;
	return true;
}

/* A number of this machine's byte order, whose bytes are the address. */
static bool read_four(struct text hex, struct address *address)
{
	unsigned char bytes[4];
	uint32_t word;
	if (hex.len != 8 || !read_hex(hex, &word))
		return false;
	memcpy(bytes, &word, sizeof(bytes));
	*address = address_of_four(bytes, 32);
	return true;
}

/* The bits of a mask, which are its first ones. */
static bool read_mask(struct text hex, unsigned *bits)
{
	struct address mask;
	if (!read_four(hex, &mask))
		return false;
	const unsigned char *bytes = mask.bytes + 12;
	uint32_t word = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
			(uint32_t)bytes[2] << 8 | bytes[3];
	for (*bits = 0; *bits < 32 && word >> 31; ++*bits)
		word <<= 1;
	return word == 0;
}

/* "eth0 DESTINATION GATEWAY FLAGS REFS USE METRIC MASK …" */
bool route_parse_four(struct text line, struct route *route)
{
	struct text words[FOUR_COLUMNS];
	uint32_t flags;
	unsigned bits;
	if (!read_words(line, words, array_len(words)) ||
	    !read_four(words[1], &route->destination) || !read_four(words[2], &route->gateway) ||
	    !read_hex(words[3], &flags) ||
	    !text_to_i64(words[6], INT32_MIN, INT32_MAX, &route->metric) ||
	    !read_mask(words[7], &bits))
		return false;
	route->destination.prefix = 96 + bits;
	route->up = flags & FLAG_UP;
	route->has_gateway = flags & FLAG_GATEWAY;
	route->rejects = flags & FLAG_REJECT;
	route->interface = text_is(words[0], "*") ? TEXT("") : words[0];
	return true;
}

/* "DESTINATION PREFIX SOURCE PREFIX GATEWAY METRIC REFS USE FLAGS eth0" */
bool route_parse_six(struct text line, struct route *route, bool *skip)
{
	static const unsigned char none[16] = {0};
	struct text words[SIX_COLUMNS];
	uint32_t prefix, metric, flags;
	if (!read_words(line, words, array_len(words)) || words[0].len != 32 ||
	    words[4].len != 32 || !text_to_bytes(words[0], route->destination.bytes, 16) ||
	    !read_hex(words[1], &prefix) || prefix > 128 ||
	    !text_to_bytes(words[4], route->gateway.bytes, 16) || !read_hex(words[5], &metric) ||
	    !read_hex(words[8], &flags))
		return false;
	route->six = true;
	route->destination.prefix = prefix;
	route->gateway.prefix = 128;
	route->has_gateway = memcmp(route->gateway.bytes, none, sizeof(none)) != 0;
	route->up = flags & FLAG_UP;
	route->rejects = flags & FLAG_REJECT;
	route->metric = metric;
	route->interface = words[9];
	*skip = flags & (FLAG_LOCAL | FLAG_ANYCAST) || (route->rejects && metric == METRIC_NONE);
	return true;
}

bool route_is_default(const struct route *route)
{
	return route->destination.prefix == (route->six ? 0 : 96);
}

static bool parse(bool six, struct text line, struct route *route, bool *skip)
{
	*skip = false;
	return six ? route_parse_six(line, route, skip) : route_parse_four(line, route);
}

enum gather_answer route_each(struct gather *gather, route_fn each, void *data, struct text *why)
{
	static const char *const paths[] = {"/proc/net/route", "/proc/net/ipv6_route"};
	for (size_t i = 0; i < array_len(paths); i++) {
		struct text content, line;
		enum gather_answer answer = gather_read(gather, text_of(paths[i]), &content, why);
		if (answer == GATHER_MISSING && i > 0)
			return GATHER_OK;
		if (answer != GATHER_OK)
			return GATHER_FAILED;
		for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
			struct route route = {.line = number};
			bool skip;
			if ((i == 0 && number == 1) || text_trim(line).len == 0)
				continue;
			if (!parse(i > 0, line, &route, &skip)) {
				*why = text_of(arena_print(gather_arena(gather),
							   "%s:%u: not what it should be", paths[i],
							   (unsigned)number));
				return GATHER_FAILED;
			}
			if (!skip && !each(data, paths[i], &route))
				return GATHER_OK;
		}
	}
	return GATHER_OK;
}
