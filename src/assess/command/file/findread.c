#include <string.h>

#include "assess/command/file/find.h"
#include "assess/command/file/mode.h"

struct parse {
	struct find *find;
	const struct text *argv;
	size_t argc, at;
	unsigned depth;
};

static struct find_node *add(struct parse *parse, enum find_kind kind)
{
	struct find *find = parse->find;
	if (find->node_count == FIND_NODES_MAX)
		return NULL;
	find->nodes[find->node_count] = (struct find_node){.kind = kind};
	return &find->nodes[find->node_count++];
}

static bool next_word(struct parse *parse, struct text *word)
{
	if (parse->at == parse->argc)
		return false;
	*word = parse->argv[parse->at++];
	return true;
}

/* "+5", "-5", "5" */
static bool read_count(struct find_node *node, struct text text, const char *units)
{
	node->unit = 1;
	if (text.len > 0 && (text.at[0] == '+' || text.at[0] == '-')) {
		node->sign = text.at[0];
		text = (struct text){text.at + 1, text.len - 1};
	}
	if (text.len > 1 && *units && strchr(units, text.at[text.len - 1])) {
		static const uint64_t sizes[] = {512, 1, 2, 1024, 1024 * 1024, 1024 * 1024 * 1024};
		node->unit = sizes[strchr("bcwkMG", text.at[text.len - 1]) - "bcwkMG"];
		text.len--;
	} else if (*units) {
		node->unit = 512;
	}
	return text_to_i64(text, 0, INT64_MAX / 2, &node->number);
}

/* -------- each test's word -------- */

static bool read_name(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	node->text = word;
	return !text_find(word, TEXT("[:"), &(size_t){0});
}

static bool read_regex(struct parse *parse, struct find_node *node, struct text word)
{
	struct err err;
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, "^(?:");
	if (!pattern_translate(word, parse->find->regex_kind, &out))
		return false;
	buf_cstr(&out, ")$");
	node->regex = regex_new(buf_view(&out), node->fold ? REGEX_CASELESS : REGEX_PLAIN, &err);
	return node->regex != NULL;
}

static bool read_type(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	for (size_t i = 0; i < word.len; i++)
		if (!word.at[i] || !strchr(i % 2 ? "," : "fdlpscb", word.at[i]))
			return false;
	node->text = word;
	return word.len % 2 == 1;
}

static bool read_perm(struct parse *parse, struct find_node *node, struct text word)
{
	uint32_t mode;
	(void)parse;
	if (word.len > 1 && (word.at[0] == '-' || word.at[0] == '/')) {
		node->sign = word.at[0];
		word = (struct text){word.at + 1, word.len - 1};
	}
	if (!mode_read(word, &mode))
		return false;
	node->number = mode;
	return true;
}

/* A name, which is looked up when there is a host, or a number. */
static bool read_owner(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	node->text = word;
	return word.len > 0;
}

static bool read_id(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	return read_count(node, word, "");
}

static bool read_size(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	return read_count(node, word, "bcwkMG");
}

static bool read_days(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	bool good = read_count(node, word, "");
	node->unit = 86400;
	return good;
}

static bool read_minutes(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	bool good = read_count(node, word, "");
	node->unit = 60;
	return good;
}

static bool read_file(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	node->text = word;
	return is_absolute(word);
}

static bool read_format(struct parse *parse, struct find_node *node, struct text word)
{
	(void)parse;
	node->text = word;
	return find_printf_check(word);
}

static const struct test {
	const char *name;
	enum find_kind kind;
	bool (*read)(struct parse *parse, struct find_node *node, struct text word);
	bool fold, acts;
} tests[] = {
	{"-name", FIND_NAME, read_name, false, false},
	{"-iname", FIND_NAME, read_name, true, false},
	{"-path", FIND_PATH, read_name, false, false},
	{"-wholename", FIND_PATH, read_name, false, false},
	{"-ipath", FIND_PATH, read_name, true, false},
	{"-regex", FIND_REGEX, read_regex, false, false},
	{"-iregex", FIND_REGEX, read_regex, true, false},
	{"-lname", FIND_LINK_NAME, read_name, false, false},
	{"-type", FIND_TYPE, read_type, false, false},
	{"-perm", FIND_PERM, read_perm, false, false},
	{"-user", FIND_UID, read_owner, false, false},
	{"-group", FIND_GID, read_owner, false, false},
	{"-uid", FIND_UID, read_id, false, false},
	{"-gid", FIND_GID, read_id, false, false},
	{"-size", FIND_SIZE, read_size, false, false},
	{"-links", FIND_LINKS, read_id, false, false},
	{"-inum", FIND_INODE, read_id, false, false},
	{"-mtime", FIND_AGE, read_days, false, false},
	{"-mmin", FIND_AGE, read_minutes, false, false},
	{"-newer", FIND_NEWER, read_file, false, false},
	{"-printf", FIND_PRINTF, read_format, false, true},
	{"-nouser", FIND_NO_USER, NULL, false, false},
	{"-nogroup", FIND_NO_GROUP, NULL, false, false},
	{"-empty", FIND_EMPTY, NULL, false, false},
	{"-prune", FIND_PRUNE, NULL, false, false},
	{"-true", FIND_TRUE, NULL, false, false},
	{"-false", FIND_FALSE, NULL, false, false},
	{"-print", FIND_PRINT, NULL, false, true},
	{"-print0", FIND_PRINT0, NULL, false, true},
	{"-ls", FIND_LS, NULL, false, true},
	{"-quit", FIND_QUIT, NULL, false, false},
};

/* -------- options, which hold for the whole and are true -------- */

static bool read_depth(struct parse *parse, int64_t *depth)
{
	struct text value;
	return next_word(parse, &value) && text_to_i64(value, 0, GATHER_WALK_DEPTH_MAX, depth);
}

static bool read_dialect(struct parse *parse)
{
	static const struct {
		const char *name;
		enum pattern_kind kind;
	} dialects[] = {
		{"emacs", PATTERN_EMACS},
		{"findutils-default", PATTERN_EMACS},
		{"posix-basic", PATTERN_BASIC},
		{"grep", PATTERN_BASIC},
		{"posix-extended", PATTERN_EXTENDED},
		{"egrep", PATTERN_EXTENDED},
		{"posix-egrep", PATTERN_EXTENDED},
	};
	struct text value;
	if (!next_word(parse, &value))
		return false;
	for (size_t i = 0; i < array_len(dialects); i++)
		if (text_is(value, dialects[i].name)) {
			parse->find->regex_kind = dialects[i].kind;
			return true;
		}
	return false;
}

static bool read_option(struct parse *parse, struct text word, bool *known)
{
	struct find *find = parse->find;
	bool device = text_is(word, "-xdev") || text_is(word, "-mount");
	*known = true;
	find->one_device |= device;
	if (device || text_is(word, "-noleaf") || text_is(word, "-nowarn"))
		return true;
	if (text_is(word, "-maxdepth"))
		return read_depth(parse, &find->depth_max);
	if (text_is(word, "-mindepth"))
		return read_depth(parse, &find->depth_min);
	if (text_is(word, "-regextype"))
		return read_dialect(parse);
	*known = false;
	return true;
}

/* -exec COMMAND … \; or … {} + */
static struct find_node *read_exec(struct parse *parse)
{
	struct find_node *node = add(parse, FIND_EXEC);
	struct find *find = parse->find;
	size_t from = parse->at, braces = 0;
	if (!node || find->exec_count == FIND_EXEC_MAX)
		return NULL;
	for (struct text word; next_word(parse, &word);) {
		size_t count = parse->at - 1 - from;
		braces += text_is(word, "{}");
		node->batch = text_is(word, "+") && count > 1 &&
			      text_is(parse->argv[parse->at - 2], "{}");
		if (!node->batch && !text_is(word, ";"))
			continue;
		node->argv = parse->argv + from;
		node->argc = node->batch ? count - 1 : count;
		node->exec = find->exec_count;
		find->execs[find->exec_count++].node = node;
		find->acts = true;
		return node->argc > 0 && (!node->batch || braces == 1) ? node : NULL;
	}
	return NULL;
}

static struct find_node *parse_comma(struct parse *parse);

static struct find_node *parse_primary(struct parse *parse);

static struct find_node *parse_group(struct parse *parse)
{
	struct text word;
	if (++parse->depth > FIND_DEPTH_MAX)
		return NULL;
	struct find_node *inner = parse_comma(parse);
	parse->depth--;
	return inner && next_word(parse, &word) && text_is(word, ")") ? inner : NULL;
}

static struct find_node *parse_not(struct parse *parse)
{
	struct find_node *node = add(parse, FIND_NOT);
	if (!node || ++parse->depth > FIND_DEPTH_MAX)
		return NULL;
	node->left = parse_primary(parse);
	parse->depth--;
	return node->left ? node : NULL;
}

static struct find_node *parse_test(struct parse *parse, const struct test *test)
{
	struct text value;
	struct find_node *node = add(parse, test->kind);
	if (!node)
		return NULL;
	node->fold = test->fold;
	parse->find->acts |= test->acts;
	if (!test->read)
		return node;
	return next_word(parse, &value) && test->read(parse, node, value) ? node : NULL;
}

static struct find_node *parse_primary(struct parse *parse)
{
	struct text word;
	bool known;
	if (!next_word(parse, &word))
		return NULL;
	if (text_is(word, "("))
		return parse_group(parse);
	if (text_is(word, "!") || text_is(word, "-not"))
		return parse_not(parse);
	if (text_is(word, "-exec"))
		return read_exec(parse);
	if (!read_option(parse, word, &known))
		return NULL;
	if (known)
		return add(parse, FIND_TRUE);
	for (size_t i = 0; i < array_len(tests); i++)
		if (text_is(word, tests[i].name))
			return parse_test(parse, &tests[i]);
	return NULL;
}

static bool is_next(const struct parse *parse, const char *a, const char *b)
{
	return parse->at < parse->argc &&
	       (text_is(parse->argv[parse->at], a) || text_is(parse->argv[parse->at], b));
}

static struct find_node *join(struct parse *parse, enum find_kind kind, struct find_node *left,
			      struct find_node *right)
{
	struct find_node *node = add(parse, kind);
	if (!node || !left || !right)
		return NULL;
	node->left = left;
	node->right = right;
	return node;
}

static struct find_node *parse_and(struct parse *parse)
{
	struct find_node *left = parse_primary(parse);
	while (left && parse->at < parse->argc && !is_next(parse, "-o", "-or") &&
	       !is_next(parse, ")", ",")) {
		if (is_next(parse, "-a", "-and"))
			parse->at++;
		left = join(parse, FIND_AND, left, parse_primary(parse));
	}
	return left;
}

static struct find_node *parse_or(struct parse *parse)
{
	struct find_node *left = parse_and(parse);
	while (left && is_next(parse, "-o", "-or")) {
		parse->at++;
		left = join(parse, FIND_OR, left, parse_and(parse));
	}
	return left;
}

static struct find_node *parse_comma(struct parse *parse)
{
	struct find_node *left = parse_or(parse);
	while (left && is_next(parse, ",", ",")) {
		parse->at++;
		left = join(parse, FIND_COMMA, left, parse_or(parse));
	}
	return left;
}

static bool begins_expression(struct text word)
{
	return word.len > 0 && (word.at[0] == '-' || text_is(word, "(") || text_is(word, "!") ||
				text_is(word, ")") || text_is(word, ","));
}

bool find_read(struct find *find)
{
	const struct native_call *call = find->call;
	size_t at = 1;
	find->depth_max = -1;
	find->regex_kind = PATTERN_EMACS;
	while (at < call->argc && text_is(call->argv[at], "-P"))
		at++;
	size_t from = at;
	for (; at < call->argc && !begins_expression(call->argv[at]); at++)
		if (!is_absolute(call->argv[at]))
			return false;
	find->starts = at;
	if (at == from)
		return false; /* it would begin where it is started */
	struct parse parse = {.find = find, .argv = call->argv, .argc = call->argc, .at = at};
	if (at == call->argc) {
		find->top = add(&parse, FIND_TRUE);
		return true;
	}
	find->top = parse_comma(&parse);
	return find->top && parse.at == parse.argc;
}
