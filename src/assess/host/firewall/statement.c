#include "assess/host/firewall/statement.h"

#include <string.h>

struct reading {
	const struct statement_names *names;
	const struct lexeme *tokens;
	size_t count, at;
	struct firewall *firewall;
	struct firewall_rule rule;
	/* A verdict map: which list its keys go to, from the token behind its brace on; 0: none. */
	size_t map, map_list;
	bool maps;
};

/* -------- words -------- */

static const struct lexeme *peek(const struct reading *reading, size_t ahead)
{
	static const struct lexeme end = {.kind = LEXEME_LINE};
	size_t at = reading->at + ahead;
	return at < reading->count ? &reading->tokens[at] : &end;
}

static bool accept(struct reading *reading, const char *word)
{
	if (!lexeme_is(peek(reading, 0), word))
		return false;
	reading->at++;
	return true;
}

static bool is_value(const struct lexeme *token)
{
	return token->kind == LEXEME_WORD || token->kind == LEXEME_STRING;
}

static void put(const struct statement_names *names, struct statement_values *values,
		struct text text)
{
	if (values->count == STATEMENT_VALUES_MAX)
		return;
	values->at = arena_grow(names->arena, values->at, &values->room, values->count + 1,
				sizeof(*values->at));
	values->at[values->count++] = arena_text(names->arena, text);
}

/* A value, or what its name stands for: "$office" by define, "@office" the elements of a set. */
static bool put_named(const struct statement_names *names, struct statement_values *values,
		      struct text text)
{
	bool defined = text_starts(text, "$"), set = text_starts(text, "@");
	const struct statement_values *known = defined || set ? map_get(names->values, text) : NULL;
	if (!defined)
		put(names, values, text);
	for (size_t i = 0; known && i < known->count; i++)
		put(names, values, known->at[i]);
	return !defined || known;
}

/* "10.0.0.0/8", and "10.0.0.1 . 22" in one. */
static bool read_element(const struct statement_names *names, const struct lexeme *tokens,
			 size_t count, size_t *at, struct statement_values *values)
{
	scoped(buf_end) struct buf joined = {0};
	size_t words = 0;
	for (; *at < count && is_value(&tokens[*at]); ++*at, words++) {
		buf_cstr(&joined, words > 0 ? " " : "");
		buf_text(&joined, tokens[*at].text);
		bool dot = *at + 1 < count && lexeme_is(&tokens[*at + 1], ".");
		if (!dot && !text_is(tokens[*at].text, ".")) {
			++*at;
			return put_named(names, values, buf_view(&joined));
		}
	}
	return false;
}

static bool skip_to_mark(const struct lexeme *tokens, size_t count, size_t *at)
{
	/* what an element has of its own: a timeout, a comment, a counter */
	while (*at < count && !lexeme_is(&tokens[*at], ",") && !lexeme_is(&tokens[*at], "}"))
		++*at;
	return *at < count;
}

static void skip_lines(const struct lexeme *tokens, size_t count, size_t *at)
{
	while (*at < count && tokens[*at].kind == LEXEME_LINE)
		++*at;
}

bool statement_read_values(const struct statement_names *names, const struct lexeme *tokens,
			   size_t count, size_t *at, struct statement_values *values)
{
	if (*at < count && lexeme_is(&tokens[*at], "{")) {
		++*at;
		for (;;) {
			skip_lines(tokens, count, at);
			if (*at < count && lexeme_is(&tokens[*at], "}")) {
				++*at;
				return true;
			}
			if (!read_element(names, tokens, count, at, values) ||
			    !skip_to_mark(tokens, count, at))
				return false;
			*at += lexeme_is(&tokens[*at], ",");
		}
	}
	if (!read_element(names, tokens, count, at, values))
		return false;
	while (*at + 1 < count && lexeme_is(&tokens[*at], ",")) {
		++*at;
		if (!read_element(names, tokens, count, at, values))
			return false;
	}
	return true;
}

/* -------- what a rule asks -------- */

#define MEMBER(member) offsetof(struct firewall_rule, member)

static struct firewall_list *list_at(struct firewall_rule *rule, size_t offset)
{
	return (struct firewall_list *)(void *)((char *)rule + offset);
}

static void put_value(struct reading *reading, size_t list, bool not, struct text value)
{
	scoped(buf_end) struct buf out = {0};
	bool protocol = list == MEMBER(protocols);
	buf_cstr(&out, not ? "!" : "");
	buf_text(&out, protocol && text_is(value, "icmpv6") ? TEXT("ipv6-icmp") : value);
	firewall_put(reading->firewall, list_at(&reading->rule, list), buf_view(&out));
}

static bool take_map(struct reading *reading, size_t list)
{
	reading->maps = true;
	reading->map_list = list;
	if (!accept(reading, "{"))
		return false;
	reading->map = reading->at;
	size_t at = reading->at;
	while (at < reading->count && !lexeme_is(&reading->tokens[at], "}"))
		at++;
	reading->at = at + 1;
	return at < reading->count;
}

/* "!= { 22, 80 }", "vmap { 22 : accept }" */
static bool take_values(struct reading *reading, size_t list)
{
	struct statement_values values = {0};
	bool not = accept(reading, "!=");
	if (!not )
		(void)!accept(reading, "==");
	if (accept(reading, "vmap"))
		return !reading->maps && take_map(reading, list);
	static const char *const signs[] = {"<", "<=", ">", ">="};
	const char *sign = "";
	for (size_t i = 0; i < array_len(signs); i++)
		if (accept(reading, signs[i]))
			sign = signs[i];
	if (!statement_read_values(reading->names, reading->tokens, reading->count, &reading->at,
				   &values))
		return false;
	for (size_t i = 0; i < values.count; i++) {
		scoped(buf_end) struct buf value = {0};
		buf_cstr(&value, sign);
		buf_text(&value, values.at[i]);
		put_value(reading, list, not, buf_view(&value));
	}
	return true;
}

static bool is_known(const struct reading *reading);

/* So many words as one condition. */
static bool take_tokens(struct reading *reading, size_t count)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < count && reading->at < reading->count; i++, reading->at++) {
		const struct lexeme *token = peek(reading, 0);
		if (token->kind == LEXEME_LINE)
			continue;
		buf_cstr(&out, out.len > 0 && !lexeme_is(token, ",") ? " " : "");
		buf_text(&out, token->text);
	}
	firewall_put(reading->firewall, &reading->rule.conditions, buf_view(&out));
	return out.len > 0;
}

/* Words up to the next that is known, but at least so many, as one condition. */
static bool take_condition(struct reading *reading, size_t words)
{
	size_t begin = reading->at, len = 0;
	while (reading->at < reading->count && peek(reading, 0)->kind != LEXEME_LINE &&
	       (len < words || !is_known(reading))) {
		reading->at++;
		len++;
	}
	reading->at = begin;
	return take_tokens(reading, len);
}

/* Once: "ip protocol tcp tcp dport 22" says it twice. */
static void put_protocol(struct reading *reading, struct text protocol)
{
	const struct firewall_list *list = &reading->rule.protocols;
	bool known = list->count == 1 && text_is_equal(list->at[0], protocol);
	if (!known && !text_is(protocol, "th"))
		put_value(reading, MEMBER(protocols), false, protocol);
}

/* "tcp dport 22", "tcp flags syn" */
static bool take_transport(struct reading *reading)
{
	struct text protocol = peek(reading, 0)->text;
	bool to = lexeme_is(peek(reading, 1), "dport"), from = lexeme_is(peek(reading, 1), "sport");
	put_protocol(reading, protocol);
	if (!to && !from)
		return take_condition(reading, 2);
	reading->at += 2;
	return take_values(reading, to ? MEMBER(ports) : MEMBER(source_ports));
}

static bool take_icmp(struct reading *reading)
{
	put_protocol(reading, peek(reading, 0)->text);
	return take_condition(reading, 2);
}

/* "ip saddr 10.0.0.0/8", "ip protocol tcp" */
static bool take_network(struct reading *reading)
{
	static const struct {
		const char *name;
		size_t list;
	} names[] = {
		{"saddr", MEMBER(sources)},
		{"daddr", MEMBER(destinations)},
		{"protocol", MEMBER(protocols)},
		{"nexthdr", MEMBER(protocols)},
	};
	bool joined = lexeme_is(peek(reading, 2), ".");
	for (size_t i = 0; i < array_len(names) && !joined; i++)
		if (lexeme_is(peek(reading, 1), names[i].name)) {
			reading->at += 2;
			return take_values(reading, names[i].list);
		}
	return take_condition(reading, 2);
}

static bool take_meta(struct reading *reading)
{
	static const struct {
		const char *name;
		size_t list;
	} names[] = {
		{"iif", MEMBER(interfaces)},     {"iifname", MEMBER(interfaces)},
		{"oif", MEMBER(out_interfaces)}, {"oifname", MEMBER(out_interfaces)},
		{"l4proto", MEMBER(protocols)},
	};
	bool meta = accept(reading, "meta");
	for (size_t i = 0; i < array_len(names); i++)
		if (accept(reading, names[i].name))
			return take_values(reading, names[i].list);
	reading->at -= meta;
	return take_condition(reading, 2);
}

static bool take_track(struct reading *reading)
{
	if (!lexeme_is(peek(reading, 1), "state"))
		return take_condition(reading, 2);
	reading->at += 2;
	return take_values(reading, MEMBER(states));
}

/* -------- what it does -------- */

/* What a statement says of how it does it, up to the next that is known. */
static void skip_words(struct reading *reading)
{
	while (peek(reading, 0)->kind != LEXEME_LINE && !is_known(reading))
		reading->at++;
}

/* Nothing is behind it but how, and a comment: "reject with tcp reset". */
static bool take_verdict(struct reading *reading)
{
	reading->rule.verdict = arena_text(reading->firewall->arena, peek(reading, 0)->text);
	while (peek(reading, 0)->kind != LEXEME_LINE && !lexeme_is(peek(reading, 0), "comment"))
		reading->at++;
	return true;
}

static bool take_jump(struct reading *reading)
{
	reading->rule.verdict = arena_text(reading->firewall->arena, peek(reading, 0)->text);
	if (!is_value(peek(reading, 1)))
		return false;
	reading->rule.target = arena_text(reading->firewall->arena, peek(reading, 1)->text);
	reading->at += 2;
	return true;
}

static bool take_log(struct reading *reading)
{
	reading->rule.logs = true;
	reading->at++;
	skip_words(reading);
	return true;
}

static bool take_quiet(struct reading *reading)
{
	reading->at++;
	skip_words(reading);
	return true;
}

static bool take_comment(struct reading *reading)
{
	if (!is_value(peek(reading, 1)))
		return false;
	reading->rule.comment = arena_text(reading->firewall->arena, peek(reading, 1)->text);
	reading->at += 2;
	return true;
}

static bool take_one_condition(struct reading *reading)
{
	return take_condition(reading, 1);
}

static bool take_three(struct reading *reading)
{
	return take_condition(reading, 3);
}

/* How many words the field at hand has: "ip saddr", "iifname". */
static size_t field_len(const struct reading *reading, size_t ahead)
{
	static const char *const two[] = {"ip",    "ip6",     "tcp",    "udp",  "sctp",
					  "dccp",  "udplite", "th",     "meta", "ct",
					  "ether", "icmp",    "icmpv6", "vlan", "arp"};
	for (size_t i = 0; i < array_len(two); i++)
		if (lexeme_is(peek(reading, ahead), two[i]))
			return 2;
	return 1;
}

/* Whether several fields are compared at once: "ip saddr . tcp dport". */
static bool is_joined(const struct reading *reading)
{
	return peek(reading, 0)->kind == LEXEME_WORD &&
	       lexeme_is(peek(reading, field_len(reading, 0)), ".");
}

/* How many tokens the value at hand has. */
static size_t value_len(const struct reading *reading, size_t ahead)
{
	size_t len = ahead;
	if (!lexeme_is(peek(reading, ahead), "{"))
		return 1;
	while (reading->at + len < reading->count && !lexeme_is(peek(reading, len), "}"))
		len++;
	return len - ahead + 1;
}

/* As one condition: "ip saddr . tcp dport { 10.0.0.1 . 22 }". */
static bool take_joined(struct reading *reading)
{
	size_t len = field_len(reading, 0);
	while (lexeme_is(peek(reading, len), "."))
		len += 1 + field_len(reading, len + 1);
	if (lexeme_is(peek(reading, len), "vmap"))
		reading->rule.verdict = TEXT("vmap");
	if (lexeme_is(peek(reading, len), "vmap") || lexeme_is(peek(reading, len), "!=") ||
	    lexeme_is(peek(reading, len), "=="))
		len++;
	len += value_len(reading, len);
	return take_tokens(reading, len);
}

/* "fib saddr . iif oif missing", "fib daddr type != local" */
static bool take_fib(struct reading *reading)
{
	size_t len = 2;
	while (lexeme_is(peek(reading, len), "."))
		len += 2;
	len++;
	if (lexeme_is(peek(reading, len), "!=") || lexeme_is(peek(reading, len), "=="))
		len++;
	len += value_len(reading, len);
	return take_tokens(reading, len);
}

static const struct {
	const char *word;
	bool (*read)(struct reading *reading);
} words[] = {
	{"ip", take_network},
	{"ip6", take_network},
	{"tcp", take_transport},
	{"udp", take_transport},
	{"sctp", take_transport},
	{"dccp", take_transport},
	{"udplite", take_transport},
	{"th", take_transport},
	{"icmp", take_icmp},
	{"icmpv6", take_icmp},
	{"meta", take_meta},
	{"iif", take_meta},
	{"iifname", take_meta},
	{"oif", take_meta},
	{"oifname", take_meta},
	{"ct", take_track},
	{"accept", take_verdict},
	{"drop", take_verdict},
	{"reject", take_verdict},
	{"queue", take_verdict},
	{"continue", take_verdict},
	{"return", take_verdict},
	{"masquerade", take_verdict},
	{"snat", take_verdict},
	{"dnat", take_verdict},
	{"redirect", take_verdict},
	{"tproxy", take_verdict},
	{"synproxy", take_verdict},
	{"jump", take_jump},
	{"goto", take_jump},
	{"log", take_log},
	{"counter", take_quiet},
	{"notrack", take_quiet},
	{"comment", take_comment},
	{"limit", take_one_condition},
	{"ether", take_three},
	{"fib", take_fib},
	{"vlan", take_three},
	{"arp", take_three},
	{"rt", take_one_condition},
	{"socket", take_one_condition},
	{"quota", take_one_condition},
	{"add", take_one_condition},
	{"update", take_one_condition},
	{"set", take_one_condition},
};

static bool is_known(const struct reading *reading)
{
	for (size_t i = 0; i < array_len(words); i++)
		if (lexeme_is(peek(reading, 0), words[i].word))
			return true;
	return false;
}

static bool take_next(struct reading *reading)
{
	if (is_joined(reading) && !lexeme_is(peek(reading, 0), "fib"))
		return take_joined(reading);
	for (size_t i = 0; i < array_len(words); i++)
		if (lexeme_is(peek(reading, 0), words[i].word))
			return words[i].read(reading);
	return take_condition(reading, 1);
}

/* -------- the rule -------- */

static struct text text_between(const struct lexeme *tokens, size_t count, struct arena *arena)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < count; i++) {
		const char *quote = tokens[i].kind == LEXEME_STRING ? "\"" : "";
		if (tokens[i].kind == LEXEME_LINE)
			continue;
		if (out.len > 0 && !lexeme_is(&tokens[i], ","))
			buf_char(&out, ' ');
		buf_print(&out, "%s", quote);
		buf_printable(&out, tokens[i].text, 256);
		buf_cstr(&out, quote);
	}
	return arena_text(arena, buf_view(&out));
}

static void settle(struct reading *reading, struct firewall_rule *rule)
{
	*rule = reading->rule;
	if (!rule->verdict.at)
		rule->verdict = TEXT("continue");
}

/* The rule for one element: "22 : accept", "25 : jump mail". */
static bool take_element(struct reading *reading, const struct firewall_rule *common, bool *full)
{
	struct text key = peek(reading, 0)->text;
	if (!is_value(peek(reading, 0)) || !lexeme_is(peek(reading, 1), ":") ||
	    !is_value(peek(reading, 2)))
		return false;
	reading->at += 2;
	struct firewall_rule *rule = firewall_add(reading->firewall);
	*full = rule == NULL;
	if (*full)
		return false;
	reading->rule = *common;
	struct firewall_list *list = list_at(&reading->rule, reading->map_list);
	*list = (struct firewall_list){0};
	const struct firewall_list before = *list_at((struct firewall_rule *)(uintptr_t)common,
						     reading->map_list);
	for (size_t i = 0; i < before.count; i++)
		firewall_put(reading->firewall, list, before.at[i]);
	if (!text_is(key, "*"))
		put_value(reading, reading->map_list, false, key);
	bool jump = lexeme_is(peek(reading, 0), "jump") || lexeme_is(peek(reading, 0), "goto");
	if (jump && !take_jump(reading))
		return false;
	if (!jump) {
		reading->rule.verdict = arena_text(reading->firewall->arena,
						   peek(reading, 0)->text);
		reading->at++;
	}
	settle(reading, rule);
	return true;
}

static bool settle_map(struct reading *reading, bool *full)
{
	const struct firewall_rule common = reading->rule;
	reading->firewall->count--;
	reading->at = reading->map;
	for (;;) {
		skip_lines(reading->tokens, reading->count, &reading->at);
		if (accept(reading, "}"))
			return true;
		if (!take_element(reading, &common, full))
			return false;
		(void)!accept(reading, ",");
	}
}

bool statement_parse(const struct statement_names *names, const struct lexeme *tokens, size_t count,
		     struct firewall *firewall, bool *full)
{
	must(firewall->count > 0);
	struct reading reading = {.names = names,
				  .tokens = tokens,
				  .count = count,
				  .firewall = firewall,
				  .rule = firewall->at[firewall->count - 1]};
	*full = false;
	reading.rule.text = text_between(tokens, count, firewall->arena);
	while (reading.at < count) {
		if (tokens[reading.at].kind == LEXEME_LINE)
			reading.at++;
		else if (!take_next(&reading))
			return false;
	}
	if (reading.maps)
		return settle_map(&reading, full);
	settle(&reading, &firewall->at[firewall->count - 1]);
	return true;
}
