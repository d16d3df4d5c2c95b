#include "assess/host/firewall/nftfile.h"

#include <string.h>

#include "assess/host/firewall/statement.h"

struct file {
	struct gather *gather;
	struct firewall *firewall;
	struct statement_names names;
	struct text path;
	bool live; /* without lines */
	struct lexemes tokens;
	size_t at;
	struct text family, table;
	unsigned depth;
	struct text *why;
};

static const struct lexeme *peek(const struct file *file)
{
	static const struct lexeme end = {.kind = LEXEME_LINE};
	return file->at < file->tokens.count ? &file->tokens.at[file->at] : &end;
}

static bool is_at_end(const struct file *file)
{
	return file->at >= file->tokens.count;
}

static bool fail_at(struct file *file, uint64_t line, const char *why)
{
	*file->why = text_of(arena_print(file->firewall->arena, "%.*s:%u: %s", TEXT_ARG(file->path),
					 (unsigned)line, why));
	return false;
}

/* The line at hand; at the end, the last. */
static uint64_t line_of(const struct file *file)
{
	size_t at = is_at_end(file) && file->at > 0 ? file->at - 1 : file->at;
	return at < file->tokens.count ? file->tokens.at[at].line : 1;
}

static bool fail(struct file *file)
{
	return fail_at(file, line_of(file), "this is not understood");
}

static bool accept(struct file *file, const char *word)
{
	bool is = !is_at_end(file) && lexeme_is(peek(file), word);
	file->at += is;
	return is;
}

/* Ends of lines and commands. */
static void skip_ends(struct file *file)
{
	while (!is_at_end(file) && (peek(file)->kind == LEXEME_LINE || lexeme_is(peek(file), ";")))
		file->at++;
}

static bool take_word(struct file *file, struct text *word)
{
	const struct lexeme *token = peek(file);
	if (is_at_end(file) || (token->kind != LEXEME_WORD && token->kind != LEXEME_STRING))
		return fail(file);
	*word = arena_text(file->firewall->arena, token->text);
	file->at++;
	return true;
}

/* Where the line, or command, at hand ends: what is in braces may span several. */
static size_t find_end(const struct file *file)
{
	size_t depth = 0, at = file->at;
	for (; at < file->tokens.count; at++) {
		const struct lexeme *token = &file->tokens.at[at];
		if (lexeme_is(token, "{"))
			depth++;
		if (lexeme_is(token, "}") && depth == 0)
			break;
		depth -= lexeme_is(token, "}");
		if (depth == 0 && (token->kind == LEXEME_LINE || lexeme_is(token, ";")))
			break;
	}
	return at;
}

/* "{ … }", of what is not looked at */
static bool skip_block(struct file *file)
{
	size_t depth = 0;
	while (!is_at_end(file) && !lexeme_is(peek(file), "{"))
		file->at++;
	for (; !is_at_end(file); file->at++) {
		depth += lexeme_is(peek(file), "{");
		depth -= lexeme_is(peek(file), "}");
		if (depth == 0) {
			file->at++;
			return true;
		}
	}
	return fail(file);
}

static struct firewall_rule *add(struct file *file, struct text chain, uint64_t line)
{
	struct firewall_rule *rule = firewall_add(file->firewall);
	if (!rule) {
		(void)!fail_at(file, line, "more than 100000 chains and rules");
		return NULL;
	}
	*rule = (struct firewall_rule){.family = file->family,
				       .table = file->table,
				       .chain = chain,
				       .path = file->path,
				       .line = file->live ? 0 : line};
	return rule;
}

/* -------- names -------- */

static void know(struct file *file, const char *mark, struct text name,
		 const struct statement_values *values)
{
	scoped(buf_end) struct buf key = {0};
	struct statement_values *kept = arena_get(file->firewall->arena, 1, sizeof(*kept));
	*kept = *values;
	buf_cstr(&key, mark);
	buf_text(&key, name);
	map_put(file->names.values, buf_view(&key), kept);
}

static bool read_values(struct file *file, struct statement_values *values)
{
	return statement_read_values(&file->names, file->tokens.at, file->tokens.count, &file->at,
				     values) ||
	       fail(file);
}

/* "define office = { 192.0.2.0/24 }" */
static bool take_define(struct file *file)
{
	struct statement_values values = {0};
	struct text name;
	if (!take_word(file, &name))
		return false;
	if (!accept(file, "="))
		return fail(file);
	if (!read_values(file, &values))
		return false;
	know(file, "$", name, &values);
	return true;
}

/* "set office { type ipv4_addr; elements = { … } }" */
static bool take_set(struct file *file)
{
	struct statement_values values = {0};
	struct text name;
	if (!take_word(file, &name))
		return false;
	if (!accept(file, "{"))
		return fail(file);
	for (;;) {
		skip_ends(file);
		if (is_at_end(file))
			return fail(file);
		if (accept(file, "}"))
			break;
		if (!accept(file, "elements")) {
			file->at = find_end(file);
			continue;
		}
		if (!accept(file, "="))
			return fail(file);
		if (!read_values(file, &values))
			return false;
	}
	know(file, "@", name, &values);
	return true;
}

/* -------- chains -------- */

/* "type filter hook input priority 0" */
static bool take_hook(struct file *file, struct firewall_rule *chain)
{
	size_t end = find_end(file);
	if (!take_word(file, &chain->type))
		return false;
	for (; file->at < end; file->at++)
		if (lexeme_is(peek(file), "hook") && file->at + 1 < end)
			chain->hook = arena_text(file->firewall->arena,
						 file->tokens.at[file->at + 1].text);
	if (!chain->policy.at)
		chain->policy = TEXT("accept");
	return chain->hook.len > 0 || fail(file);
}

static void put_chain_text(struct file *file, struct firewall_rule *chain)
{
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, "chain ");
	buf_printable(&text, chain->chain, 256);
	if (chain->hook.len > 0)
		buf_print(&text, " { type %.*s hook %.*s; policy %.*s; }", TEXT_ARG(chain->type),
			  TEXT_ARG(chain->hook), TEXT_ARG(chain->policy));
	chain->text = arena_text(file->firewall->arena, buf_view(&text));
}

static bool take_rule(struct file *file, const struct firewall_rule *chain)
{
	size_t end = find_end(file), begin = file->at;
	bool full;
	if (end == begin)
		return fail(file);
	struct firewall_rule *rule = add(file, chain->chain, peek(file)->line);
	if (!rule)
		return false;
	rule->hook = chain->hook;
	rule->policy = chain->policy;
	rule->type = chain->type;
	if (!statement_parse(&file->names, file->tokens.at + begin, end - begin, file->firewall,
			     &full))
		return full ? fail_at(file, rule->line, "more than 100000 chains and rules")
			    : fail(file);
	file->at = end;
	return true;
}

/* Its own row is filled in at its end, when its policy is known; its rules are behind it. */
static bool take_chain(struct file *file)
{
	struct text name;
	uint64_t line = peek(file)->line;
	if (!take_word(file, &name))
		return false;
	if (!accept(file, "{"))
		return fail(file);
	struct firewall_rule *row = add(file, name, line);
	if (!row)
		return false;
	size_t first = file->firewall->count - 1;
	struct firewall_rule chain = *row;
	chain.is_chain = true;
	for (;;) {
		skip_ends(file);
		if (is_at_end(file))
			return fail(file);
		if (accept(file, "}"))
			break;
		bool good;
		if (accept(file, "type"))
			good = take_hook(file, &chain);
		else if (accept(file, "policy"))
			good = take_word(file, &chain.policy);
		else if (lexeme_is(peek(file), "comment") || lexeme_is(peek(file), "flags"))
			good = (file->at = find_end(file)) > 0;
		else
			good = take_rule(file, &chain);
		if (!good)
			return false;
	}
	put_chain_text(file, &chain);
	file->firewall->at[first] = chain;
	for (size_t i = first + 1; i < file->firewall->count; i++)
		file->firewall->at[i].policy = chain.policy;
	return true;
}

/* -------- tables -------- */

static bool is_family(const struct lexeme *token)
{
	static const char *const names[] = {"ip", "ip6", "inet", "arp", "bridge", "netdev"};
	for (size_t i = 0; i < array_len(names); i++)
		if (lexeme_is(token, names[i]))
			return true;
	return false;
}

static bool take_table(struct file *file)
{
	file->family = TEXT("ip");
	if (is_family(peek(file)) && !take_word(file, &file->family))
		return false;
	if (!take_word(file, &file->table))
		return false;
	if (!accept(file, "{")) /* it is only made */
		return true;
	for (;;) {
		bool good = true;
		skip_ends(file);
		if (is_at_end(file))
			return fail(file);
		if (accept(file, "}"))
			return true;
		if (accept(file, "chain"))
			good = take_chain(file);
		else if (accept(file, "set"))
			good = take_set(file);
		else if (lexeme_is(peek(file), "comment") || lexeme_is(peek(file), "flags"))
			file->at = find_end(file);
		else
			good = skip_block(file); /* a map, counter, flowtable … */
		if (!good)
			return false;
	}
}

/* -------- files -------- */

static bool parse(struct file *file, struct text text);

static bool take_file(struct file *file, struct text path)
{
	struct file inner = *file;
	struct text content;
	inner.path = arena_text(file->firewall->arena, path);
	inner.tokens = (struct lexemes){0};
	inner.at = 0;
	inner.depth++;
	if (inner.depth > NFTFILE_DEPTH_MAX)
		return fail_at(file, line_of(file), "files include each other too deeply");
	switch (gather_read(file->gather, path, &content, file->why)) {
	case GATHER_OK:
		return parse(&inner, arena_text(file->firewall->arena, content));
	case GATHER_MISSING:
		return fail_at(&inner, 1, "it is included, and missing");
	case GATHER_FAILED:
		break;
	}
	return false;
}

static bool take_include(struct file *file)
{
	struct text pattern;
	const struct text *paths;
	size_t count;
	struct err err = {0};
	if (!take_word(file, &pattern))
		return false;
	if (!text_starts(pattern, "/"))
		pattern = text_of(
			arena_print(file->firewall->arena, "/etc/%.*s", TEXT_ARG(pattern)));
	if (!gather_glob(file->gather, pattern, &paths, &count, &err)) {
		*file->why = text_of(arena_cstr(file->firewall->arena, err.text));
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!take_file(file, paths[i]))
			return false;
	return true;
}

static bool take_command(struct file *file)
{
	if (accept(file, "table"))
		return take_table(file);
	if (accept(file, "define"))
		return take_define(file);
	if (accept(file, "include"))
		return take_include(file);
	if (!accept(file, "flush"))
		return fail(file);
	file->at = find_end(file);
	return true;
}

static bool parse(struct file *file, struct text text)
{
	uint64_t line;
	if (!lexeme_read(text, file->firewall->arena, &file->tokens, &line))
		return fail_at(file, line,
			       line == 0 ? "more than 500000 words" : "a quote is not closed");
	for (skip_ends(file); !is_at_end(file); skip_ends(file))
		if (!take_command(file))
			return false;
	return true;
}

static void end_file(struct file *file)
{
	map_free(&file->names.values);
}

static struct file make(struct gather *gather, struct firewall *firewall, struct text *why)
{
	return (struct file){.gather = gather,
			     .firewall = firewall,
			     .names = {.arena = firewall->arena, .values = map_new()},
			     .why = why};
}

enum gather_answer nftfile_read(struct gather *gather, struct text path, struct firewall *firewall,
				struct text *why)
{
	struct text content;
	enum gather_answer answer = gather_read(gather, path, &content, why);
	if (answer != GATHER_OK)
		return answer;
	scoped(end_file) struct file file = make(gather, firewall, why);
	file.path = path;
	return parse(&file, arena_text(firewall->arena, content)) ? GATHER_OK : GATHER_FAILED;
}

bool nftfile_parse(struct gather *gather, struct text text, struct firewall *firewall,
		   struct text *why)
{
	scoped(end_file) struct file file = make(gather, firewall, why);
	file.path = TEXT("nftables");
	file.live = true;
	return parse(&file, arena_text(firewall->arena, text));
}
