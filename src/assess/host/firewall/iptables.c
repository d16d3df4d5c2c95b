#include "assess/host/firewall/iptables.h"

#include <string.h>

#include "base/map.h"

#define WORD_MAX 1024 /* bytes of one word of a rule */

struct chain {
	struct text hook, policy, type;
};

struct reading {
	const struct iptables_file *file;
	struct firewall *firewall;
	struct map *chains; /* of the table at hand, to struct chain */
	struct text table;
	uint64_t line;
	bool full;
};

static void end_reading(struct reading *reading)
{
	map_free(&reading->chains);
}

static struct firewall_rule *add(struct reading *reading, struct text chain, struct text line)
{
	struct arena *arena = reading->firewall->arena;
	struct firewall_rule *rule = firewall_add(reading->firewall);
	reading->full = rule == NULL;
	if (rule)
		*rule = (struct firewall_rule){
			.family = reading->file->six ? TEXT("ip6") : TEXT("ip"),
			.table = reading->table,
			.chain = arena_text(arena, chain),
			.text = arena_text(arena, line),
			.path = reading->file->path,
			.line = reading->line,
		};
	return rule;
}

/* -------- words -------- */

/* The next word; within quotes it may hold white space. False: none is left, or a quote is open. */
static bool next_word(struct text *rest, struct buf *word)
{
	buf_clear(word);
	*rest = text_trim(*rest);
	bool quoted = false;
	size_t i = 0;
	for (; i < rest->len && word->len < WORD_MAX; i++) {
		char c = rest->at[i];
		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ' ' || c == '\t'))
			break;
		else if (c == '\\' && i + 1 < rest->len)
			buf_char(word, rest->at[++i]);
		else
			buf_char(word, c);
	}
	bool any = i > 0 && !quoted;
	*rest = (struct text){rest->at + i, rest->len - i};
	return any;
}

static struct text lower(struct arena *arena, struct text text)
{
	char *out = arena_copy(arena, text.at, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] - 'A' + 'a');
	return (struct text){out, text.len};
}

/* -------- what a rule asks -------- */

enum option_kind {
	OPTION_LIST,
	OPTION_TARGET,
	OPTION_GOTO,
	OPTION_MATCH,
	OPTION_COMMENT,
	OPTION_CONDITION, /* without a value */
};

static const struct option {
	const char *name;
	enum option_kind kind;
	size_t list; /* offset in struct firewall_rule */
} options[] = {
#define LIST(name, member)                                                \
	{                                                                 \
		name, OPTION_LIST, offsetof(struct firewall_rule, member) \
	}
	LIST("-p", protocols),
	LIST("--protocol", protocols),
	LIST("-s", sources),
	LIST("--source", sources),
	LIST("-d", destinations),
	LIST("--destination", destinations),
	LIST("-i", interfaces),
	LIST("--in-interface", interfaces),
	LIST("-o", out_interfaces),
	LIST("--out-interface", out_interfaces),
	LIST("--dport", ports),
	LIST("--dports", ports),
	LIST("--destination-port", ports),
	LIST("--destination-ports", ports),
	LIST("--sport", source_ports),
	LIST("--sports", source_ports),
	LIST("--source-port", source_ports),
	LIST("--source-ports", source_ports),
	LIST("--state", states),
	LIST("--ctstate", states),
#undef LIST
	{"-m", OPTION_MATCH, 0},
	{"--match", OPTION_MATCH, 0},
	{"-j", OPTION_TARGET, 0},
	{"--jump", OPTION_TARGET, 0},
	{"-g", OPTION_GOTO, 0},
	{"--goto", OPTION_GOTO, 0},
	{"--comment", OPTION_COMMENT, 0},
	{"-f", OPTION_CONDITION, 0},
	{"--syn", OPTION_CONDITION, 0},
};

static const struct option *find_option(struct text word)
{
	for (size_t i = 0; i < array_len(options); i++)
		if (text_is(word, options[i].name))
			return &options[i];
	return NULL;
}

/* "1000:2000" is "1000-2000", "eth+" "eth*", "10.0.0.1/32" "10.0.0.1", "NEW" "new". */
static struct text spell(struct arena *arena, const struct firewall_rule *rule,
			 const struct firewall_list *list, struct text value)
{
	if (list == &rule->states)
		return lower(arena, value);
	if (list == &rule->sources || list == &rule->destinations) {
		size_t tail = text_ends(value, "/32") ? 3 : text_ends(value, "/128") ? 4 : 0;
		return (struct text){value.at, value.len - tail};
	}
	char *out = arena_copy(arena, value.at, value.len);
	bool port = list == &rule->ports || list == &rule->source_ports;
	for (size_t i = 0; port && i < value.len; i++)
		out[i] = out[i] == ':' ? '-' : out[i];
	bool interface = list == &rule->interfaces || list == &rule->out_interfaces;
	if (interface && text_ends(value, "+"))
		out[value.len - 1] = '*';
	return (struct text){out, value.len};
}

static void put_value(struct firewall *firewall, struct firewall_list *list, bool not,
		      struct text value, const struct firewall_rule *rule)
{
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, not ? "!" : "");
	buf_text(&out, spell(firewall->arena, rule, list, value));
	firewall_put(firewall, list, buf_view(&out));
}

static void put_values(struct reading *reading, struct firewall_rule *rule, size_t offset, bool not,
		       struct text values)
{
	struct firewall_list *list = (struct firewall_list *)(void *)((char *)rule + offset);
	struct text value;
	bool all = list == &rule->protocols && text_is(values, "all");
	while (!all && text_next(&values, ',', &value))
		put_value(reading->firewall, list, not, value, rule);
}

static void put_target(struct reading *reading, struct firewall_rule *rule, bool jump,
		       struct text target)
{
	struct arena *arena = reading->firewall->arena;
	if (!jump || map_get(reading->chains, target)) {
		rule->verdict = jump ? TEXT("jump") : TEXT("goto");
		rule->target = arena_text(arena, target);
	} else if (text_is(target, "LOG") || text_is(target, "NFLOG")) {
		rule->logs = true;
	} else {
		rule->verdict = lower(arena, target);
	}
}

static void put_condition(struct reading *reading, struct firewall_rule *rule, bool not,
			  struct text option, struct text value)
{
	scoped(buf_end) struct buf out = {0};
	while (text_starts(option, "-"))
		option = (struct text){option.at + 1, option.len - 1};
	buf_cstr(&out, not ? "!" : "");
	buf_text(&out, option);
	buf_cstr(&out, value.len > 0 ? " " : "");
	buf_text(&out, value);
	firewall_put(reading->firewall, &rule->conditions, buf_view(&out));
}

/* An option that has no place of its own: it takes words until the next one. */
static bool take_others(struct reading *reading, struct firewall_rule *rule, bool not,
			struct text option, struct text *rest)
{
	scoped(buf_end) struct buf word = {0}, value = {0};
	for (;;) {
		struct text before = *rest;
		if (!next_word(rest, &word))
			break;
		if (text_starts(buf_view(&word), "-") || text_is(buf_view(&word), "!")) {
			*rest = before;
			break;
		}
		buf_cstr(&value, value.len > 0 ? " " : "");
		buf_text(&value, buf_view(&word));
	}
	if (!rule->verdict.at && !rule->logs) /* behind the target: how it does it */
		put_condition(reading, rule, not, option, buf_view(&value));
	return true;
}

static bool take_option(struct reading *reading, struct firewall_rule *rule, bool not,
			struct text name, struct text *rest)
{
	scoped(buf_end) struct buf value = {0};
	const struct option *option = find_option(name);
	if (!option)
		return text_starts(name, "-") && take_others(reading, rule, not, name, rest);
	if (option->kind == OPTION_CONDITION) {
		put_condition(reading, rule, not, name, (struct text){0});
		return true;
	}
	if (!next_word(rest, &value))
		return false;
	bool inner = text_is(buf_view(&value), "!"); /* as old versions wrote it */
	if (inner && !next_word(rest, &value))
		return false;
	switch (option->kind) {
	case OPTION_LIST:
		put_values(reading, rule, option->list, not || inner, buf_view(&value));
		break;
	case OPTION_TARGET:
	case OPTION_GOTO:
		put_target(reading, rule, option->kind == OPTION_TARGET, buf_view(&value));
		break;
	case OPTION_COMMENT:
		rule->comment = arena_text(reading->firewall->arena, buf_view(&value));
		break;
	case OPTION_MATCH: /* its options follow */
	case OPTION_CONDITION:
		break;
	}
	return true;
}

/* -------- lines -------- */

static struct text hook_of(struct text chain)
{
	static const char *const names[][2] = {{"INPUT", "input"},
					       {"FORWARD", "forward"},
					       {"OUTPUT", "output"},
					       {"PREROUTING", "prerouting"},
					       {"POSTROUTING", "postrouting"}};
	for (size_t i = 0; i < array_len(names); i++)
		if (text_is(chain, names[i][0]))
			return text_of(names[i][1]);
	return (struct text){0};
}

/* ":INPUT DROP [0:0]", ":own - [0:0]" */
static bool take_chain(struct reading *reading, struct text line)
{
	struct arena *arena = reading->firewall->arena;
	struct text rest = {line.at + 1, line.len - 1}, name, policy;
	if (!text_word(&rest, &name) || !text_word(&rest, &policy) || !reading->table.at)
		return false;
	struct firewall_rule *rule = add(reading, name, line);
	if (!rule)
		return false;
	struct chain *chain = arena_get(arena, 1, sizeof(*chain));
	if (!text_is(policy, "-"))
		*chain = (struct chain){.hook = hook_of(name),
					.policy = lower(arena, policy),
					.type = text_is(reading->table, "nat") ? TEXT("nat")
									       : TEXT("filter")};
	rule->is_chain = true;
	rule->hook = chain->hook;
	rule->policy = chain->policy;
	rule->type = chain->type;
	map_put(reading->chains, name, chain);
	return true;
}

/* "-A INPUT", perhaps with "[1:60]" in front; *word is the chain. */
static bool take_head(struct text *rest, struct buf *word)
{
	if (text_starts(*rest, "[") && !next_word(rest, word))
		return false;
	return next_word(rest, word) &&
	       (text_is(buf_view(word), "-A") || text_is(buf_view(word), "--append")) &&
	       next_word(rest, word);
}

static bool take_options(struct reading *reading, struct firewall_rule *rule, struct text rest)
{
	scoped(buf_end) struct buf word = {0};
	bool not = false;
	while (text_trim(rest).len > 0) {
		if (!next_word(&rest, &word))
			return false;
		bool sign = text_is(buf_view(&word), "!");
		struct text name = arena_text(reading->firewall->arena, buf_view(&word));
		if (!sign && !take_option(reading, rule, not, name, &rest))
			return false;
		not = sign;
	}
	return true;
}

/* "-A INPUT -p tcp --dport 22 -j ACCEPT" */
static bool take_rule(struct reading *reading, struct text line)
{
	scoped(buf_end) struct buf word = {0};
	struct text rest = line;
	if (!take_head(&rest, &word) || !reading->table.at)
		return false;
	struct firewall_rule *rule = add(reading, buf_view(&word), line);
	if (!rule)
		return false;
	const struct chain *chain = map_get(reading->chains, buf_view(&word));
	if (chain) {
		rule->hook = chain->hook;
		rule->policy = chain->policy;
		rule->type = chain->type;
	}
	if (!take_options(reading, rule, rest))
		return false;
	if (!rule->verdict.at)
		rule->verdict = TEXT("continue");
	return true;
}

static bool take_line(struct reading *reading, struct text line)
{
	if (line.len == 0 || line.at[0] == '#')
		return true;
	if (line.at[0] == '*') {
		reading->table = arena_text(reading->firewall->arena,
					    (struct text){line.at + 1, line.len - 1});
		map_free(&reading->chains);
		reading->chains = map_new();
		return reading->table.len > 0;
	}
	if (text_is(line, "COMMIT")) {
		reading->table = (struct text){0};
		return true;
	}
	return line.at[0] == ':' ? take_chain(reading, line) : take_rule(reading, line);
}

bool iptables_parse(struct text text, const struct iptables_file *file, struct firewall *firewall,
		    uint64_t *line)
{
	scoped(end_reading) struct reading reading = {
		.file = file, .firewall = firewall, .chains = map_new()};
	struct text one;
	for (reading.line = 1; text_next(&text, '\n', &one); reading.line++)
		if (!take_line(&reading, text_trim(one))) {
			*line = reading.full ? 0 : reading.line;
			return false;
		}
	return true;
}
