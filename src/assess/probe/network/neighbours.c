#include <string.h>

#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "format/quantity.h"

#define PATH "/proc/net/arp"
#define COLUMNS 6

enum field {
	FIELD_ADDRESS,
	FIELD_MAC,
	FIELD_INTERFACE,
	FIELD_STATE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"address", "its IPv4 address", "192.0.2.1", .type = VALUE_ADDRESS},
	{"mac", "its address in the network's own form; nothing while it does not answer",
	 "02:00:5e:10:00:02", .type = VALUE_TEXT},
	{"interface", "the interface behind which it is", "eth0", .type = VALUE_TEXT},
	{"state", "complete, incomplete (it does not answer), permanent or published", "complete",
	 .type = VALUE_TEXT},
};

#define FLAG_COMPLETE 0x2u
#define FLAG_PERMANENT 0x4u
#define FLAG_PUBLISHED 0x8u

/* "0x2" */
static bool read_flags(struct text text, unsigned *flags)
{
	static const char digits[] = "0123456789abcdef";
	*flags = 0;
	if (!text_starts(text, "0x") || text.len < 3 || text.len > 6)
		return false;
	for (size_t i = 2; i < text.len; i++) {
		const char *digit = memchr(digits, text.at[i], sizeof(digits) - 1);
		if (!digit)
			return false;
		*flags = *flags << 4 | (unsigned)(digit - digits);
	}
	return true;
}

static struct text state_name(unsigned flags)
{
	if (flags & FLAG_PUBLISHED)
		return TEXT("published");
	if (flags & FLAG_PERMANENT)
		return TEXT("permanent");
	return flags & FLAG_COMPLETE ? TEXT("complete") : TEXT("incomplete");
}

/* "192.0.2.1  0x1  0x2  02:00:5e:10:00:02  *  eth0" */
static bool add_line(struct rows *rows, uint64_t number, struct text line)
{
	struct arena *arena = gather_arena(rows->gather);
	struct text words[COLUMNS], rest = line;
	struct address address;
	unsigned flags = 0;
	bool good = true;
	for (size_t i = 0; i < array_len(words); i++)
		good = good && text_word(&rest, &words[i]);
	if (!good || !quantity_read_address(words[0], &address) || address.prefix != 128 ||
	    !read_flags(words[2], &flags))
		return answer_fail(rows->gather, rows->answer,
				   print_text(rows->gather, PATH ":%u: not what it should be",
					      (unsigned)number));
	struct value *values = rows_add(
		rows, (struct evidence){TEXT(PATH), number, arena_text(arena, line)});
	if (!values)
		return false;
	values[FIELD_ADDRESS] = value_text(VALUE_ADDRESS, arena_text(arena, words[0]));
	if (flags != 0)
		values[FIELD_MAC] = value_text(VALUE_TEXT, arena_text(arena, words[3]));
	values[FIELD_INTERFACE] = value_text(VALUE_TEXT, arena_text(arena, words[5]));
	values[FIELD_STATE] = value_text(VALUE_TEXT, state_name(flags));
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text content, why, line;
	if (gather_read(gather, TEXT(PATH), &content, &why) != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++)
		if (number > 1 && text_trim(line).len > 0 && !add_line(&rows, number, line))
			return;
	rows_give(&rows);
}

const struct probe probe_neighbours = {
	.name = "neighbours",
	.help = "who else is on the networks of this host, by ARP; those of IPv6 are not told by "
		"/proc",
	.subject_help = "a query over the neighbours",
	.subject_example = "state:permanent",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.reads = PATH,
	.privilege = "none",
	.cost = "one small file",
	.run = run,
};
