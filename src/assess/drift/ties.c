#include "assess/drift/ties.h"

#include "base/mem.h"

struct tie {
	uint32_t name, check;
	uint32_t next, before; /* among the name's; 0: none */
	uint32_t sibling;      /* the check's next, or the next free one */
};

struct ties {
	struct tie *at; /* at[0] is none */
	size_t room, count, used;
	uint32_t free;
	uint32_t *checks, *names; /* the first tie of each */
	size_t name_room, check_room;
};

struct ties *ties_new(void)
{
	struct ties *ties = mem_new(1, sizeof(*ties));
	ties->count = 1;
	return ties;
}

void ties_free(struct ties **ties)
{
	if (!*ties)
		return;
	mem_free(&(*ties)->at);
	mem_free(&(*ties)->checks);
	mem_free(&(*ties)->names);
	mem_free(ties);
}

static void add(struct ties *ties, uint32_t check, uint32_t name)
{
	uint32_t number = ties->free;
	if (number) {
		ties->free = ties->at[number].sibling;
	} else {
		number = (uint32_t)ties->count;
		ties->at = mem_grow(ties->at, &ties->room, ++ties->count, sizeof(*ties->at));
	}
	ties->names = mem_grow(ties->names, &ties->name_room, (size_t)name + 1,
			       sizeof(*ties->names));
	ties->used++;
	ties->at[number] = (struct tie){.name = name,
					.check = check,
					.next = ties->names[name],
					.sibling = ties->checks[check]};
	if (ties->names[name])
		ties->at[ties->names[name]].before = number;
	ties->names[name] = number;
	ties->checks[check] = number;
}

/* Takes away a chain of a check's ties. */
static void drop(struct ties *ties, uint32_t first, ties_fn gone, void *data)
{
	while (first) {
		uint32_t number = first;
		struct tie *tie = &ties->at[number];
		uint32_t name = tie->name;
		first = tie->sibling;
		if (tie->before)
			ties->at[tie->before].next = tie->next;
		else
			ties->names[name] = tie->next;
		if (tie->next)
			ties->at[tie->next].before = tie->before;
		*tie = (struct tie){.sibling = ties->free};
		ties->free = number;
		ties->used--;
		if (!ties->names[name])
			gone(data, name);
	}
}

bool ties_put(struct ties *ties, uint32_t check, const uint32_t *names, size_t count, ties_fn gone,
	      void *data)
{
	ties->checks = mem_grow(ties->checks, &ties->check_room, (size_t)check + 1,
				sizeof(*ties->checks));
	uint32_t before = ties->checks[check];
	bool fits = ties->used + count <= TIES_MAX;
	ties->checks[check] = 0;
	for (size_t i = 0; fits && i < count; i++)
		add(ties, check, names[i]);
	drop(ties, before, gone, data);
	return fits;
}

void ties_clear(struct ties *ties, ties_fn gone, void *data)
{
	for (size_t i = 0; i < ties->check_room; i++)
		if (ties->checks[i])
			must(ties_put(ties, (uint32_t)i, NULL, 0, gone, data));
}

void ties_each(const struct ties *ties, uint32_t name, ties_fn each, void *data)
{
	if (name >= ties->name_room)
		return;
	for (uint32_t at = ties->names[name]; at; at = ties->at[at].next)
		each(data, ties->at[at].check);
}
