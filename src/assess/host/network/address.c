#include "assess/host/network/address.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "assess/engine/ask.h"
#include "assess/host/message.h"

#define TOO_MANY "there are more than 20000 addresses"

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_four(const struct address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0 && address->prefix >= 96;
}

struct address address_of_four(const unsigned char bytes[static 4], unsigned prefix)
{
	struct address address = {.prefix = 96 + prefix};
	memcpy(address.bytes, mapped, sizeof(mapped));
	memcpy(address.bytes + sizeof(mapped), bytes, 4);
	return address;
}

struct text address_show(const struct address *address, struct arena *arena)
{
	char shown[INET6_ADDRSTRLEN] = "";
	bool four = address_is_four(address);
	const unsigned char *bytes = address->bytes + (four ? sizeof(mapped) : 0);
	must(inet_ntop(four ? AF_INET : AF_INET6, bytes, shown, sizeof(shown)) != NULL);
	if (address->prefix == 128)
		return text_of(arena_cstr(arena, shown));
	return text_of(arena_print(arena, "%s/%u", shown, address->prefix - (four ? 96 : 0)));
}

static bool add(struct host_addresses *all, struct arena *arena, const struct host_address *one)
{
	if (all->count == ADDRESS_COUNT_MAX)
		return false;
	all->at = arena_grow(arena, all->at, &all->room, all->count + 1, sizeof(*all->at));
	all->at[all->count++] = *one;
	return true;
}

/* "fe800000000000000000000000000001 04 40 20 80     eth0": address, index, prefix, scope, flags */
bool address_parse_six(struct text table, struct arena *arena, struct host_addresses *addresses,
		       uint64_t *line)
{
	struct text row, word, hex;
	for (*line = 1; text_next(&table, '\n', &row); ++*line) {
		struct host_address one = {.address.prefix = 128};
		unsigned char bytes[4] = {0};
		if (text_trim(row).len == 0)
			continue;
		if (!text_word(&row, &word) || word.len != 32 ||
		    !text_to_bytes(word, one.address.bytes, 16) || !text_word(&row, &hex) ||
		    hex.len % 2 || hex.len == 0 || hex.len > 8 ||
		    !text_to_bytes(hex, bytes + 4 - hex.len / 2, hex.len / 2))
			return false;
		one.index = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
			    (uint32_t)bytes[2] << 8 | bytes[3];
		if (!add(addresses, arena, &one)) {
			*line = 0;
			return false;
		}
	}
	return true;
}

/* "           |-- 192.0.2.1" and below it "              /32 host LOCAL", in the table "Local:". */
bool address_parse_trie(struct text table, struct arena *arena, struct host_addresses *addresses,
			uint64_t *line)
{
	struct host_address one = {0};
	struct text row;
	bool local = false, known = false;
	for (*line = 1; text_next(&table, '\n', &row); ++*line) {
		struct text text = text_trim(row);
		if (text_ends(text, ":")) {
			local = text_is(text, "Local:");
		} else if (text_starts(text, "|-- ")) {
			if (!quantity_read_address((struct text){text.at + 4, text.len - 4},
						   &one.address) ||
			    one.address.prefix != 128 || !address_is_four(&one.address))
				return false;
			known = true;
		} else if (local && text_is(text, "/32 host LOCAL")) {
			if (!known)
				return false;
			if (!add(addresses, arena, &one)) {
				*line = 0;
				return false;
			}
		}
	}
	return true;
}

/* -------- by netlink -------- */

/* The address among a message's attributes: this host's end, where there are two. False: they are
 * not what they should be. */
static bool find_local(struct text attributes, struct text *local)
{
	struct attribute one;
	bool broken;
	*local = (struct text){0};
	while (attribute_next(&attributes, &one, &broken))
		if (one.type == IFA_LOCAL || (one.type == IFA_ADDRESS && !local->at))
			*local = one.data;
	return !broken;
}

static bool read_message(struct text body, struct host_address *one)
{
	struct ifaddrmsg head;
	struct text local;
	if (!message_head(&body, &head, sizeof(head)) || !find_local(body, &local))
		return false;
	if (head.ifa_family != AF_INET && head.ifa_family != AF_INET6)
		return true;
	if (local.len != (head.ifa_family == AF_INET ? 4 : 16) || head.ifa_index == 0)
		return false;
	one->index = head.ifa_index;
	one->address.prefix = 128;
	if (local.len == 4)
		one->address = address_of_four((const unsigned char *)local.at, 32);
	else
		memcpy(one->address.bytes, local.at, local.len);
	return true;
}

bool address_parse_messages(struct text bytes, struct arena *arena,
			    struct host_addresses *addresses, uint64_t *line)
{
	struct message message;
	bool broken;
	*line = 1;
	while (message_next(&bytes, &message, &broken)) {
		struct host_address one = {0};
		if (message.type != RTM_NEWADDR || !read_message(message.body, &one))
			return false;
		if (one.address.prefix > 0 && !add(addresses, arena, &one)) {
			*line = 0;
			return false;
		}
	}
	return !broken;
}

/* -------- once a run -------- */

struct fact {
	enum gather_answer answer;
	struct text why;
	struct host_addresses all;
};

static void read_tables(struct gather *gather, struct fact *fact)
{
	static const struct {
		const char *path;
		bool (*parse)(struct text table, struct arena *arena,
			      struct host_addresses *addresses, uint64_t *line);
	} tables[] = {
		{"/proc/net/fib_trie", address_parse_trie},
		{"/proc/net/if_inet6", address_parse_six},
	};
	struct arena *arena = gather_arena(gather);
	for (size_t i = 0; i < array_len(tables); i++) {
		struct text content;
		uint64_t line;
		fact->answer = gather_read(gather, text_of(tables[i].path), &content, &fact->why);
		if (fact->answer == GATHER_MISSING && i > 0)
			fact->answer = GATHER_OK;
		else if (fact->answer != GATHER_OK) {
			fact->answer = GATHER_FAILED;
			return;
		} else if (!tables[i].parse(content, arena, &fact->all, &line)) {
			fact->why = line == 0
					    ? TEXT(TOO_MANY)
					    : text_of(arena_print(arena,
								  "%s:%u: not what it should be",
								  tables[i].path, (unsigned)line));
			fact->answer = GATHER_FAILED;
			return;
		}
	}
}

/* False: nobody may ask the kernel. */
static bool ask_kernel(struct gather *gather, struct fact *fact)
{
	struct text bytes;
	uint64_t line;
	fact->answer = gather_ask(gather, TEXT("addresses"), &bytes, &fact->why);
	if (fact->answer == GATHER_OK &&
	    !address_parse_messages(bytes, gather_arena(gather), &fact->all, &line)) {
		fact->answer = GATHER_FAILED;
		fact->why = line == 0 ? TEXT(TOO_MANY)
				      : TEXT("the kernel's list of addresses is not what it "
					     "should be");
	}
	return fact->answer != GATHER_MISSING;
}

enum gather_answer address_read(struct gather *gather, const struct host_addresses **addresses,
				struct text *why)
{
	static const char key[] = "addresses";
	struct fact *fact = gather_fact(gather, key);
	gather_depends_add(gather, text_of(key));
	if (!fact) {
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		if (!ask_kernel(gather, fact))
			read_tables(gather, fact);
		gather_keep_fact(gather, key, fact);
	}
	*addresses = &fact->all;
	*why = fact->why;
	return fact->answer;
}
