#include "assess/setting/block/block.h"

#include <string.h>

/* -------- making the tree -------- */

struct block *block_add(struct block_reading *reading, const struct text *words, size_t count,
			struct evidence where)
{
	struct arena *arena = gather_arena(reading->gather);
	if (reading->lines++ == BLOCK_LINES_MAX || arena_left(arena) < GATHER_ARENA_SPARE) {
		err_set(reading->err, ERR_LIMIT, "it has more than %d settings", BLOCK_LINES_MAX);
		return NULL;
	}
	struct block *block = arena_get(arena, 1, sizeof(*block));
	*block = (struct block){.name = words[0],
				.words = words + 1,
				.word_count = count - 1,
				.where = where,
				.parent = reading->at};
	block->end = &block->first;
	*reading->at->end = block;
	reading->at->end = &block->next;
	return block;
}

bool block_open(struct block_reading *reading, struct block *block)
{
	if (reading->depth++ == BLOCK_DEPTH_MAX)
		return err_set(reading->err, ERR_LIMIT, "its blocks go deeper than %d",
			       BLOCK_DEPTH_MAX);
	block->opens = true;
	reading->at = block;
	return true;
}

struct block_seen {
	struct text what;
	bool glob; /* else a file */
};

static void see(struct block_reading *reading, struct text what, bool glob)
{
	struct arena *arena = gather_arena(reading->gather);
	reading->seen = arena_grow(arena, reading->seen, &reading->seen_room,
				   reading->seen_count + 1, sizeof(*reading->seen));
	reading->seen[reading->seen_count++] = (struct block_seen){what, glob};
}

bool block_file(struct block_reading *reading, struct text path, struct text *content)
{
	struct text text;
	struct arena *arena = gather_arena(reading->gather);
	see(reading, path, false);
	if (!setting_read(&reading->files, reading->gather, path, &text, reading->err))
		return false;
	if (arena_left(arena) < text.len + GATHER_ARENA_SPARE)
		return err_set(reading->err, ERR_LIMIT,
			       "this run has read as much as it may keep in memory");
	*content = text.at ? arena_text(arena, text) : text;
	return true;
}

bool block_glob(struct block_reading *reading, struct text pattern, const struct text **paths,
		size_t *count)
{
	if (pattern.len == 0 || pattern.at[0] != '/')
		pattern = text_of(arena_print(gather_arena(reading->gather), "%.*s/%.*s",
					      TEXT_ARG(reading->folder), TEXT_ARG(pattern)));
	see(reading, pattern, true);
	return gather_glob(reading->gather, pattern, paths, count, reading->err);
}

static struct text folder_of(struct text path)
{
	size_t len = path.len;
	while (len > 0 && path.at[len - 1] != '/')
		len--;
	return (struct text){path.at, len > 1 ? len - 1 : len};
}

/* What is kept: the tree, or why there is none, and what that depends on. */
struct kept {
	struct block root;
	bool missing;
	struct err err;
	const struct block_seen *seen;
	size_t seen_count;
};

static void depend(struct gather *gather, const struct kept *kept)
{
	struct err err = {0};
	const struct text *paths;
	size_t count;
	for (size_t i = 0; i < kept->seen_count; i++)
		if (kept->seen[i].glob)
			(void)!gather_glob(gather, kept->seen[i].what, &paths, &count, &err);
		else
			gather_depends_add(gather, kept->seen[i].what);
}

static struct kept *load(struct gather *gather, struct text path, block_fn read)
{
	struct gather_stat stat;
	struct text why;
	struct kept *kept = arena_get(gather_arena(gather), 1, sizeof(*kept));
	kept->root.end = &kept->root.first;
	path = arena_text(gather_arena(gather), path);
	kept->root.where.path = path;
	struct block_reading reading = {
		.gather = gather, .folder = folder_of(path), .at = &kept->root, .err = &kept->err};
	see(&reading, path, false);
	kept->missing = gather_stat(gather, path, true, &stat, &why) == GATHER_MISSING;
	if (!kept->missing && !read(&reading, path))
		must(kept->err.kind != ERR_NONE);
	kept->seen = reading.seen;
	kept->seen_count = reading.seen_count;
	return kept;
}

const struct block *block_load(struct gather *gather, const char *program, struct text path,
			       block_fn read, struct err *err)
{
	const char *key = arena_print(gather_arena(gather), "%s:%.*s", program, TEXT_ARG(path));
	struct kept *kept = gather_fact(gather, key);
	if (kept) {
		depend(gather, kept);
	} else {
		kept = load(gather, path, read);
		gather_keep_fact(gather, key, kept);
	}
	*err = kept->err;
	return kept->missing || kept->err.kind != ERR_NONE ? NULL : &kept->root;
}

/* -------- asking it -------- */

struct asking {
	struct arena *arena;
	const struct block_rules *rules;
	struct text names[BLOCK_NAMES_MAX], key;
	size_t name_count;
	struct block_answers *answers;
};

static bool is_name(const struct block_rules *rules, struct text a, struct text b)
{
	return rules->caseless ? text_is_alike(a, b) : text_is_equal(a, b);
}

static bool is_in(const struct block_rules *rules, const char *const *list, struct text name)
{
	for (size_t i = 0; list && list[i]; i++)
		if (is_name(rules, name, text_of(list[i])))
			return true;
	return false;
}

static bool sets(const struct asking *asking, const struct block *line)
{
	return !line->opens && is_name(asking->rules, line->name, asking->key);
}

struct said {
	const struct block **list;
	size_t count, room;
};

/* What the block says itself. */
static void add_said(const struct asking *asking, const struct block *block, struct said *said)
{
	bool last = asking->rules->last &&
		    !is_in(asking->rules, asking->rules->adding, asking->key);
	for (const struct block *line = block->first; line; line = line->next) {
		if (!sets(asking, line))
			continue;
		if (last)
			said->count = 0;
		said->list = arena_grow(asking->arena, said->list, &said->room, said->count + 1,
					sizeof(struct block *));
		said->list[said->count++] = line;
	}
}

/* What the block says, else what those around it do. `would_be`: a block that isn't there would be
 * in this one. */
static void add_answer(struct asking *asking, const struct block *block, bool would_be)
{
	struct said said = {0};
	const struct block_rules *rules = asking->rules;
	bool adds = is_in(rules, rules->adding, asking->key);
	struct evidence where = block->where;
	for (const struct block *from = block; from; from = from->parent) {
		if (said.count > 0 && !adds)
			break;
		add_said(asking, from, &said);
		if (!would_be && from->parent && is_in(rules, rules->apart, from->name))
			break;
	}
	if (said.count > 0)
		where = said.list[0]->where;
	struct block_answers *answers = asking->answers;
	answers->at = arena_grow(asking->arena, answers->at, &answers->room, answers->count + 1,
				 sizeof(*answers->at));
	answers->at[answers->count++] = (struct block_answer){where, said.list, said.count};
}

/* Blocks of the section, below this one; those in between may be left out of it only where they are
 * named. */
static void ask_section(struct asking *asking, const struct block *block, size_t depth)
{
	for (const struct block *line = block->first; line; line = line->next) {
		if (!line->opens || !is_name(asking->rules, line->name, asking->names[depth]))
			continue;
		if (depth + 1 == asking->name_count)
			add_answer(asking, line, false);
		else
			ask_section(asking, line, depth + 1);
	}
}

/* The innermost block that a block of the section would stand in. */
static const struct block *place_of(const struct asking *asking, const struct block *root)
{
	const struct block *at = root;
	for (size_t depth = 0; depth + 1 < asking->name_count; depth++) {
		const struct block *line = at->first;
		while (line &&
		       !(line->opens && is_name(asking->rules, line->name, asking->names[depth])))
			line = line->next;
		if (!line)
			break;
		at = line;
	}
	return at;
}

/* Each block that sets it; recursion ends at BLOCK_DEPTH_MAX. */
static void ask_all(struct asking *asking, const struct block *block)
{
	bool here = asking->rules->top && !block->parent;
	for (const struct block *line = block->first; line && !here; line = line->next)
		here = sets(asking, line);
	if (here)
		add_answer(asking, block, false);
	for (const struct block *line = block->first; line; line = line->next)
		if (line->opens)
			ask_all(asking, line);
}

bool block_ask(struct gather *gather, const struct block *root, const struct block_rules *rules,
	       const struct block_question *question, struct block_answers *answers,
	       struct err *err)
{
	struct asking asking = {.arena = gather_arena(gather),
				.rules = rules,
				.key = question->key,
				.answers = answers};
	struct text name, section = question->section;
	*answers = (struct block_answers){0};
	while (text_next(&section, '/', &name)) {
		if (asking.name_count == BLOCK_NAMES_MAX)
			return err_set(err, ERR_LIMIT, "section: more than %d names",
				       BLOCK_NAMES_MAX);
		asking.names[asking.name_count++] = name;
	}
	if (asking.name_count == 0)
		ask_all(&asking, root);
	else
		ask_section(&asking, root, 0);
	if (answers->count == 0 && asking.name_count > 0)
		add_answer(&asking, place_of(&asking, root), true);
	return true;
}
