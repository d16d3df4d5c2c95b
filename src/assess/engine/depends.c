#include "assess/engine/source.h"

/* A fact, and what was looked at for it. */
struct fact {
	void *fact;
	const struct text *depends;
	size_t count;
};

/* The names that were collected, copied into the arena. */
static const struct text *copy_names(struct gather *gather, size_t *count)
{
	const struct map *set = gather_depending(gather)->names;
	struct arena *arena = gather_arena(gather);
	size_t at = 0, i = 0;
	*count = map_count(set);
	struct text *names = arena_get(arena, *count, sizeof(*names)), name;
	for (void *value; map_next(set, &at, &name, &value); i++)
		names[i] = arena_text(arena, name);
	return names;
}

void *gather_fact(struct gather *gather, const char *key)
{
	const struct fact *fact = map_get(gather_depending(gather)->facts, text_of(key));
	for (size_t i = 0; fact && i < fact->count; i++)
		gather_depends_add(gather, fact->depends[i]);
	return fact ? fact->fact : NULL;
}

void gather_keep_fact(struct gather *gather, const char *key, void *fact)
{
	struct depending *depending = gather_depending(gather);
	struct fact *kept = arena_get(gather_arena(gather), 1, sizeof(*kept));
	kept->fact = fact;
	if (depending->recording)
		kept->depends = copy_names(gather, &kept->count);
	map_put(depending->facts, text_of(key), kept);
}

void gather_depends_begin(struct gather *gather)
{
	struct depending *depending = gather_depending(gather);
	must(!depending->recording);
	depending->recording = true;
	depending->names = map_new();
	gather_end_lent(gather);
}

void gather_depends_add(struct gather *gather, struct text name)
{
	struct depending *depending = gather_depending(gather);
	if (!depending->recording || depending->instead || map_get(depending->names, name))
		return;
	map_put(depending->names, name, gather);
}

void gather_depends_instead(struct gather *gather, const char *name)
{
	struct depending *depending = gather_depending(gather);
	must(depending->instead == (name == NULL));
	if (name)
		gather_depends_add(gather, text_of(name));
	depending->instead = name != NULL;
}

void gather_depends_end(struct gather *gather, const struct text **depends, size_t *count)
{
	struct depending *depending = gather_depending(gather);
	must(depending->recording);
	depending->recording = false;
	*depends = copy_names(gather, count);
	map_free(&depending->names);
}

struct depends_aside gather_depends_aside(struct gather *gather)
{
	struct depending *depending = gather_depending(gather);
	struct depends_aside aside = {depending->names, depending->recording};
	depending->names = map_new();
	depending->recording = true;
	return aside;
}

void gather_depends_join(struct gather *gather, const struct depends_aside *aside,
			 const struct text **depends, size_t *count)
{
	struct depending *depending = gather_depending(gather);
	gather_depends_end(gather, depends, count);
	depending->names = aside->names;
	depending->recording = aside->recording;
	for (size_t i = 0; i < *count; i++)
		gather_depends_add(gather, (*depends)[i]);
}
