#include <string.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/setting/keyvalue.h"

#define CONFIG "/etc/ufw/ufw.conf"
#define DEFAULTS "/etc/default/ufw"
#define RULES_MAX 10000
#define ANY4 "0.0.0.0/0"
#define ANY6 "::/0"

struct rule {
	struct text action, logtype, protocol, dport, dst, sport, src, dapp, sapp;
	struct text direction, in, out, comment;
	bool six, routes;
};

struct report {
	const struct native_call *call;
	struct native_answer *answer;
	struct rule *rules;
	size_t room, count;
	bool verbose, numbered;
	struct buf out, err;
};

/* -------- settings -------- */

/* In lower case; at NULL: not set. Those of CONFIG go before DEFAULTS. */
static struct text setting(struct report *report, const char *key)
{
	static const char *const files[] = {CONFIG, DEFAULTS};
	struct gather *gather = report->call->gather;
	for (size_t i = 0; i < array_len(files); i++) {
		struct settings settings = {0};
		struct err err = {0};
		if (!keyvalue_read(gather, text_of(files[i]), text_of(key), &settings, &err) ||
		    settings.count == 0)
			continue;
		struct text value = settings.at[settings.count - 1].value;
		char *lower = arena_copy(gather_arena(gather), value.at, value.len);
		for (size_t j = 0; j < value.len; j++)
			if (lower[j] >= 'A' && lower[j] <= 'Z')
				lower[j] = (char)(lower[j] + 32);
		return (struct text){lower, value.len};
	}
	return (struct text){0};
}

static const char *policy(struct report *report, const char *key)
{
	struct text value = setting(report, key);
	return text_is(value, "accept") ? "allow" : text_is(value, "reject") ? "reject" : "deny";
}

static bool is_one(struct report *report, const char *path)
{
	struct text content, why;
	return gather_read(report->call->gather, text_of(path), &content, &why) == GATHER_OK &&
	       memchr(content.at, '1', content.len);
}

static const char *routed_policy(struct report *report)
{
	bool enabled = is_one(report, "/proc/sys/net/ipv4/ip_forward") ||
		       (text_is(setting(report, "IPV6"), "yes") &&
			(is_one(report, "/proc/sys/net/ipv6/conf/default/forwarding") ||
			 is_one(report, "/proc/sys/net/ipv6/conf/all/forwarding")));
	return enabled ? policy(report, "DEFAULT_FORWARD_POLICY") : "disabled";
}

static void print_verbose(struct report *report)
{
	static const char *const levels[] = {"low", "medium", "high", "full"};
	struct text level = setting(report, "LOGLEVEL"),
		    profiles = setting(report, "DEFAULT_APPLICATION_POLICY");
	struct buf *out = &report->out;
	bool known = false;
	for (size_t i = 0; i < array_len(levels); i++)
		known |= text_is(level, levels[i]);
	if (known)
		buf_print(out, "\nLogging: on (%.*s)", TEXT_ARG(level));
	else
		buf_print(out, "\nLogging: %s", text_is(level, "off") ? "off" : "unknown");
	buf_print(out, "\nDefault: %s (incoming), %s (outgoing), %s (routed)",
		  policy(report, "DEFAULT_INPUT_POLICY"), policy(report, "DEFAULT_OUTPUT_POLICY"),
		  routed_policy(report));
	buf_print(out, "\nNew profiles: %s",
		  text_is(profiles, "accept")   ? "allow"
		  : text_is(profiles, "drop")   ? "deny"
		  : text_is(profiles, "reject") ? "reject"
						: "skip");
}

/* -------- rules -------- */

/* "in", "in_eth0", "out_eth1", "in_eth0!out_eth1" */
static void read_direction(struct text text, struct rule *rule)
{
	struct text part;
	while (text_next(&text, '!', &part)) {
		struct text name = part, word;
		if (!text_next(&name, '_', &word))
			continue;
		if (!rule->direction.at)
			rule->direction = word;
		if (name.len > 0 && text_is(word, "in"))
			rule->in = name;
		else if (name.len > 0)
			rule->out = name;
	}
}

/* "%20" is a space. */
static struct text read_profile(struct arena *arena, struct text text)
{
	scoped(buf_end) struct buf out = {0};
	size_t at;
	if (text_is(text, "-"))
		return (struct text){0};
	while (text_find(text, TEXT("%20"), &at)) {
		buf_add(&out, text.at, at);
		buf_char(&out, ' ');
		text = (struct text){text.at + at + 3, text.len - at - 3};
	}
	buf_text(&out, text);
	return arena_text(arena, buf_view(&out));
}

static struct text read_comment(struct arena *arena, struct text hex)
{
	unsigned char *bytes = arena_get(arena, hex.len / 2 + 1, 1);
	if (!text_to_bytes(hex, bytes, hex.len / 2))
		return (struct text){0};
	return (struct text){(const char *)bytes, hex.len / 2};
}

/* "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in comment=…"; false: ufw skips it, too. */
static bool read_tuple(struct arena *arena, struct text text, struct rule *rule)
{
	struct text words[10], word, part;
	size_t count = 0;
	while (text_word(&text, &word)) {
		if (text_starts(word, "comment="))
			rule->comment = read_comment(arena,
						     (struct text){word.at + 8, word.len - 8});
		else if (count < array_len(words))
			words[count++] = word;
	}
	if (count < 6 || count > 9)
		return false;
	struct text action = words[0];
	if (text_starts(action, "route:")) {
		rule->routes = true;
		action = (struct text){action.at + 6, action.len - 6};
	}
	rule->logtype = action;
	if (!text_next(&rule->logtype, '_', &part))
		return false;
	rule->action = part;
	rule->protocol = words[1];
	rule->dport = words[2];
	rule->dst = words[3];
	rule->sport = words[4];
	rule->src = words[5];
	if (count >= 8) {
		rule->dapp = read_profile(arena, words[6]);
		rule->sapp = read_profile(arena, words[7]);
	}
	if (count == 7 || count == 9)
		read_direction(words[count - 1], rule);
	if (!rule->direction.at)
		rule->direction = TEXT("in");
	return true;
}

static bool read_rules(struct report *report, const char *path, bool six)
{
	static const char mark[] = "### tuple ###";
	struct gather *gather = report->call->gather;
	struct arena *arena = gather_arena(gather);
	struct text content, why, line;
	enum gather_answer read = gather_read(gather, text_of(path), &content, &why);
	if (read != GATHER_OK)
		return !native_fail(report->answer, why);
	content = arena_text(arena, content);
	while (text_next(&content, '\n', &line)) {
		struct rule rule = {.six = six};
		struct text tuple = {line.at + sizeof(mark) - 1, line.len - sizeof(mark) + 1};
		if (!text_starts(line, mark) || !read_tuple(arena, tuple, &rule))
			continue;
		if (report->count == RULES_MAX)
			return !native_fail(report->answer, TEXT("ufw has more than 10000 rules"));
		report->rules = arena_grow(arena, report->rules, &report->room, report->count + 1,
					   sizeof(*report->rules));
		report->rules[report->count++] = rule;
	}
	return true;
}

/* -------- one line -------- */

static bool is_any(struct text address)
{
	return text_is(address, ANY4) || text_is(address, ANY6);
}

struct end {
	struct text address, port, profile;
	bool is_source;
};

static void add_port(const struct report *report, const struct rule *rule, const struct end *end,
		     struct text port, struct buf *out)
{
	bool shows_protocol = report->verbose || (!rule->dapp.len && !rule->sapp.len);
	bool wide = rule->six && text_is(end->address, ANY6);
	buf_print(out, "%s%.*s", out->len > 0 ? " " : "", TEXT_ARG(port));
	if (shows_protocol && !text_is(rule->protocol, "any"))
		buf_print(out, "/%.*s", TEXT_ARG(rule->protocol));
	if (report->verbose && end->profile.len > 0)
		buf_print(out, " (%.*s%s)", TEXT_ARG(end->profile), wide ? " (v6)" : "");
}

static void add_address(const struct report *report, const struct rule *rule, const struct end *end,
			struct buf *out)
{
	bool shows_protocol = (report->verbose || (!rule->dapp.len && !rule->sapp.len)) &&
			      !text_is(rule->protocol, "any") &&
			      text_is_equal(rule->dport, rule->sport);
	bool any = is_any(end->address);
	if (any) {
		buf_clear(out);
		buf_cstr(out, "Anywhere");
		shows_protocol &= text_is_equal(rule->dst, rule->src);
	}
	if (shows_protocol)
		buf_print(out, "/%.*s", TEXT_ARG(rule->protocol));
	if (any && text_is(end->address, ANY6))
		buf_cstr(out, " (v6)");
}

static void add_interface(const struct rule *rule, const struct end *end, struct buf *out)
{
	struct text name = end->is_source == rule->routes ? rule->in : rule->out;
	if (name.len > 0)
		buf_print(out, " on %.*s", TEXT_ARG(name));
}

static void add_end(const struct report *report, const struct rule *rule, const struct end *end,
		    struct buf *out)
{
	struct text port = end->port;
	scoped(buf_end) struct buf profile = {0};
	bool wide = rule->six && text_is(end->address, ANY6);
	size_t at;
	if (!report->verbose && end->profile.len > 0) {
		buf_print(&profile, "%.*s%s", TEXT_ARG(end->profile), wide ? " (v6)" : "");
		port = buf_view(&profile);
	}
	if (!is_any(end->address))
		buf_text(out, end->address);
	if (text_is(port, "any"))
		add_address(report, rule, end, out);
	else
		add_port(report, rule, end, port, out);
	if (!text_is(port, "any") && rule->six && text_is(rule->src, ANY6) &&
	    text_is(rule->dst, ANY6) && !text_find(buf_view(out), TEXT(" (v6)"), &at))
		buf_cstr(out, " (v6)");
	add_interface(rule, end, out);
}

static void add_upper(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_char(out, text.at[i] >= 'a' && text.at[i] <= 'z' ? (char)(text.at[i] - 32)
								     : text.at[i]);
}

static void add_action(const struct report *report, const struct rule *rule, struct buf *out)
{
	bool quiet = text_is(rule->direction, "in") && !report->verbose && !report->numbered;
	add_upper(out, rule->action);
	buf_char(out, ' ');
	if (rule->routes)
		buf_cstr(out, "FWD");
	else if (!quiet)
		add_upper(out, rule->direction);
}

static void print_rule(const struct report *report, const struct rule *rule, size_t number,
		       struct buf *out)
{
	scoped(buf_end) struct buf to = {0}, from = {0}, action = {0};
	bool leaves = text_is(rule->direction, "out") && report->numbered;
	struct end dst = {rule->dst, rule->dport, rule->dapp, false};
	struct end src = {rule->src, rule->sport, rule->sapp, true};
	add_end(report, rule, &dst, &to);
	add_end(report, rule, &src, &from);
	add_action(report, rule, &action);
	if (report->numbered)
		buf_print(out, "[%2zu] ", number);
	buf_print(out, "%-26s %-12s%-26s", to.at, action.at, from.at);
	if (rule->logtype.len > 0 || leaves)
		buf_print(out, " (%.*s%s%s)", TEXT_ARG(rule->logtype),
			  rule->logtype.len > 0 && leaves ? ", " : "", leaves ? "out" : "");
	if (rule->comment.len > 0)
		buf_print(out, " # %.*s", TEXT_ARG(rule->comment));
	buf_char(out, '\n');
}

static bool is_alike(const struct rule *one, const struct rule *other)
{
	const struct text pairs[][2] = {{one->dapp, other->dapp}, {one->sapp, other->sapp},
					{one->dst, other->dst},   {one->src, other->src},
					{one->in, other->in},     {one->out, other->out}};
	for (size_t i = 0; i < array_len(pairs); i++)
		if (!text_is_equal(pairs[i][0], pairs[i][1]))
			return false;
	return one->six == other->six &&
	       (other->dapp.len || text_is_equal(one->dport, other->dport)) &&
	       (other->sapp.len || text_is_equal(one->sport, other->sport));
}

/* Rules of one profile stand as one. */
static bool is_repeated(const struct report *report, size_t at)
{
	const struct rule *rule = &report->rules[at];
	if (report->verbose || (!rule->dapp.len && !rule->sapp.len))
		return false;
	for (size_t i = 0; i < at; i++)
		if (is_alike(&report->rules[i], rule))
			return true;
	return false;
}

static void print_rules(struct report *report)
{
	scoped(buf_end) struct buf in = {0}, leaving = {0}, routed = {0};
	struct buf *out = &report->out;
	const char *lead = report->numbered ? "     " : "";
	size_t number = 0;
	for (size_t i = 0; i < report->count; i++) {
		const struct rule *rule = &report->rules[i];
		if (is_repeated(report, i))
			continue;
		struct buf *part = report->numbered                  ? &in
				   : rule->routes                    ? &routed
				   : text_is(rule->direction, "out") ? &leaving
								     : &in;
		print_rule(report, rule, ++number, part);
	}
	if (number == 0)
		return;
	buf_print(out, "\n\n%s%-26s %-12s%s\n%s%-26s %-12s%s\n", lead, "To", "Action", "From", lead,
		  "--", "------", "----");
	buf_text(out, buf_view(&in));
	buf_cstr(out, in.len > 0 && leaving.len > 0 ? "\n" : "");
	buf_text(out, buf_view(&leaving));
	buf_cstr(out, in.len > 0 && routed.len > 0 ? "\n" : "");
	buf_text(out, buf_view(&routed));
}

static bool run(struct report *report)
{
	if (!text_is(setting(report, "ENABLED"), "yes")) {
		buf_cstr(&report->out, "Status: inactive\n");
		return true;
	}
	if (!read_rules(report, "/etc/ufw/user.rules", false) ||
	    (text_is(setting(report, "IPV6"), "yes") &&
	     !read_rules(report, "/etc/ufw/user6.rules", true)))
		return false;
	buf_cstr(&report->out, "Status: active");
	if (report->verbose)
		print_verbose(report);
	print_rules(report);
	buf_char(&report->out, '\n');
	return true;
}

static bool answer_ufw(const struct native_call *call, struct native_answer *answer)
{
	struct report report = {.call = call, .answer = answer};
	if (call->argc < 2 || call->argc > 3 || !text_is(call->argv[1], "status"))
		return false;
	report.verbose = call->argc == 3 && text_is(call->argv[2], "verbose");
	report.numbered = call->argc == 3 && text_is(call->argv[2], "numbered");
	if (call->argc == 3 && !report.verbose && !report.numbered)
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	if (run(&report))
		program_end(call, answer, &report.out, &report.err, 0);
	buf_end(&report.out);
	buf_end(&report.err);
	return true;
}

const struct native native_ufw = {
	.program = "ufw",
	.forms = "status; status verbose; status numbered",
	.reads = CONFIG ", " DEFAULTS ", /etc/ufw/user.rules and user6.rules; /proc/sys/net",
	.prints = "whether it is enabled, its policies, and its rules as its files have them",
	.answer = answer_ufw,
};
